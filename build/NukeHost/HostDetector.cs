using Nuke.Common.Parameters;

namespace Nuke.Common;

/// <summary>Tells a server from a terminal by the variables that the servers document.</summary>
internal static class HostDetector
{
    public static BuildHost Detect(IReadOnlyDictionary<string, string> environment) =>
        environment.ContainsKey("GITHUB_ACTIONS") ? BuildHost.GitHubActions
        : environment.ContainsKey("GITLAB_CI") ? BuildHost.GitLab
        : BuildHost.Terminal;
}
