namespace Nuke.Common.Parameters;

/// <summary>Where the build runs.</summary>
internal enum BuildHost
{
    GitHubActions,
    GitLab,
    Terminal,
}
