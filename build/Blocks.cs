using Nuke.Common.CI.GitHubActions;
using Nuke.Common.CI.GitLab;

/// <summary>The stages of a build: parts of a CI service's log that can be folded, and cases of the JUnit report.</summary>
internal static class Blocks
{
    private static readonly Lock _lock = new();
    private static readonly List<(string Target, string Stage, TimeSpan Duration)> _ended = [];
    private static string _target = "";
    private static string? _stage;
    private static long _began;

    /// <summary>What is running: "BuildKernel", or "BuildKernel: compile".</summary>
    public static string Step
    {
        get
        {
            lock (_lock)
            {
                return _stage is null ? _target : $"{_target}: {_stage}";
            }
        }
    }

    /// <summary>Stages that have ended, by their target.</summary>
    public static ILookup<string, (string Stage, TimeSpan Duration)> Ended
    {
        get
        {
            lock (_lock)
            {
                return _ended.ToLookup(one => one.Target, one => (one.Stage, one.Duration));
            }
        }
    }

    /// <summary>A target begins.</summary>
    public static void BeginTarget(string name)
    {
        lock (_lock)
        {
            EndStage();
            _target = name;
        }
    }

    public static void BeginStage(string name)
    {
        lock (_lock)
        {
            EndStage();
            _stage = name;
            _began = TimeProvider.System.GetTimestamp();
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
                _ended.Add((_target, name, TimeProvider.System.GetElapsedTime(_began)));
                GitHubActions.Instance?.EndGroup(name);
                GitLab.Instance?.EndSection(name);
            }
        }
    }
}
