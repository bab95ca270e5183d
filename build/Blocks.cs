using Nuke.Common.CI.GitHubActions;
using Nuke.Common.CI.GitLab;

/// <summary>The stages of a build as parts of a CI service's log that can be folded.</summary>
internal static class Blocks
{
    private static readonly Lock _lock = new();
    private static string? _stage;

    public static void BeginStage(string name)
    {
        lock (_lock)
        {
            EndStage();
            _stage = name;
            GitHubActions.Instance?.Group(name);
            GitLab.Instance?.BeginSection(name);
        }
    }

    public static void EndStage()
    {
        lock (_lock)
        {
            if (_stage is { } name)
            {
                _stage = null;
                GitHubActions.Instance?.EndGroup(name);
                GitLab.Instance?.EndSection(name);
            }
        }
    }
}
