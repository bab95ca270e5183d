using KernelBuild.Diagnostics;
using KernelBuild.Host.Reporting;

namespace KernelBuild.Tests.Fetch;

/// <summary>Keeps what is said of progress.</summary>
internal sealed class ProgressLog : IBuildLog
{
    public List<(string Message, double? Fraction)> Lines { get; } = [];

    /// <summary>Called at each line.</summary>
    public Action? OnLine { get; init; }

    public void Report(Diagnostic diagnostic)
    {
    }

    public void Status(string message)
    {
    }

    public void Progress(string message, double? fraction = null)
    {
        Lines.Add((message, fraction));
        OnLine?.Invoke();
    }
}
