namespace Nuke.Common.CI;

/// <summary>The hosts that the build knows.</summary>
internal enum HostName
{
    /// <summary>None of the others: a person, or a CI service whose language the build does not speak.</summary>
    Terminal,
    GitHubActions,
    GitLab,
    Slurm,
}
