namespace KernelBuild.Host.Reporting;

/// <summary>How a build that runs as a child talks to its parent: a message is a line, progress begins with a mark.</summary>
public static class ProgressLine
{
    public const string Prefix = "\u001fprogress ";

    /// <summary>Stands for a line break inside one message.</summary>
    public const char LineBreak = '\u001e';
}
