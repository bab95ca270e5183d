using System.Collections.Concurrent;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Reporting;

namespace KernelBuild.Testing;

/// <summary>Keeps what a stage says.</summary>
public sealed class TestLog : IBuildLog
{
    public ConcurrentQueue<Diagnostic> Findings { get; } = new();

    public ConcurrentQueue<string> Lines { get; } = new();

    public void Report(Diagnostic diagnostic) => Findings.Enqueue(diagnostic);

    public void Status(string message) => Lines.Enqueue(message);

    public ConcurrentQueue<string> Steps { get; } = new();

    public void Progress(string message, double? fraction = null) => Steps.Enqueue(message);
}
