using KernelBuild.Attestation;

namespace KernelBuild.Tests.Attestation;

/// <summary>Whom provenance names, by the variables that the services document.</summary>
public sealed class Builders
{
    [Theory]
    [InlineData("urn:kernelbuild:local", null)]
    [InlineData(
        "https://github.com/o/r/.github/workflows/k.yml@refs/heads/main", "https://github.com/o/r/actions/runs/7/attempts/2",
        "GITHUB_ACTIONS=true", "GITHUB_SERVER_URL=https://github.com", "GITHUB_REPOSITORY=o/r", "GITHUB_RUN_ID=7", "GITHUB_RUN_ATTEMPT=2",
        "GITHUB_WORKFLOW_REF=o/r/.github/workflows/k.yml@refs/heads/main")]
    [InlineData(
        "https://gitlab.com/o/r//.gitlab-ci.yml", "https://gitlab.com/o/r/-/jobs/9",
        "GITLAB_CI=true", "CI_PROJECT_URL=https://gitlab.com/o/r", "CI_JOB_URL=https://gitlab.com/o/r/-/jobs/9")]
    [InlineData("urn:kernelbuild:slurm:big%20one", "42", "SLURM_JOB_ID=42", "SLURM_CLUSTER_NAME=big one")]
    [InlineData("https://example.org/builder", null, "KERNELBUILD_BUILDER_ID=https://example.org/builder", "GITHUB_ACTIONS=true")]
    public void The_builder_is_who_the_host_says(string id, string? invocation, params string[] variables)
    {
        var environment = variables.Select(variable => variable.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
        BuilderIdentity.OfEnvironment(environment.GetValueOrDefault).ShouldBe(new BuilderIdentity(id, invocation));
    }
}
