namespace KernelBuild.Devices;

/// <summary>How a build that runs as a child tells its parent of progress: lines that begin with a mark.</summary>
public static class ProgressLine
{
    public const string Prefix = "\u001fprogress ";
}
