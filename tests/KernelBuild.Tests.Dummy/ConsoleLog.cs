using KernelBuild.Diagnostics;
using KernelBuild.Host.Reporting;

namespace KernelBuild.Tests.Dummy;

/// <summary>Findings and status as lines.</summary>
internal sealed class ConsoleLog : IBuildLog
{
    public void Report(Diagnostic diagnostic) => Console.Out.WriteLine(diagnostic);

    public void Status(string message) => Console.Out.WriteLine(message);

    public void Progress(string message, double? fraction = null)
    {
    }
}
