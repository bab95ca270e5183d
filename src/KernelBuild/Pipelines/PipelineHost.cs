namespace KernelBuild.Pipelines;

/// <summary>Who runs a pipeline.</summary>
public enum PipelineHost
{
    /// <summary>GitHub Actions: .github/workflows/kernels.yml.</summary>
    GitHubActions,

    /// <summary>GitLab CI: .gitlab-ci.yml.</summary>
    GitLab,

    /// <summary>The batch system Slurm: slurm/kernels.sh.</summary>
    Slurm,
}
