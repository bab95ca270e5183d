namespace KernelBuild.Attestation;

/// <summary>Who ran a build, as provenance names it.</summary>
/// <param name="Id">An address that stands for the whole builder: what signs for it vouches for all that it runs.</param>
/// <param name="Invocation">Of this one run; null where the host numbers none.</param>
public sealed record BuilderIdentity(string Id, string? Invocation)
{
    /// <remarks>
    /// Source: GitHub's "Default environment variables", GitLab's "Predefined CI/CD variables", sbatch(1), "Output environment variables".
    /// </remarks>
    public static BuilderIdentity OfEnvironment(Func<string, string?> variable)
    {
        if (variable("KERNELBUILD_BUILDER_ID") is { Length: > 0 } stated)
        {
            return new BuilderIdentity(stated, null);
        }

        if (variable("GITHUB_ACTIONS") == "true" && variable("GITHUB_WORKFLOW_REF") is { Length: > 0 } workflow)
        {
            var server = variable("GITHUB_SERVER_URL");
            return new BuilderIdentity(
                $"{server}/{workflow}",
                $"{server}/{variable("GITHUB_REPOSITORY")}/actions/runs/{variable("GITHUB_RUN_ID")}/attempts/{variable("GITHUB_RUN_ATTEMPT")}");
        }

        if (variable("GITLAB_CI") == "true" && variable("CI_PROJECT_URL") is { Length: > 0 } project)
        {
            return new BuilderIdentity($"{project}//{variable("CI_CONFIG_PATH") ?? ".gitlab-ci.yml"}", variable("CI_JOB_URL"));
        }

        return variable("SLURM_JOB_ID") is { Length: > 0 } job
            ? new BuilderIdentity("urn:kernelbuild:slurm:" + Uri.EscapeDataString(variable("SLURM_CLUSTER_NAME") ?? "cluster"), job)
            : new BuilderIdentity("urn:kernelbuild:local", null);
    }
}
