using KernelBuild.Diagnostics;
using KernelBuild.Host.Reporting;

namespace KernelBuild.Fetch.Manifests;

/// <summary>Many transfers at once, reported as one: how many projects are there, and what the last of them said.</summary>
internal sealed class ManifestProgress(IBuildLog log, int projects) : IBuildLog
{
    private int _done;

    public void Report(Diagnostic diagnostic) => log.Report(diagnostic);

    public void Status(string message) => log.Status(message);

    public void Progress(string message, double? fraction = null)
    {
        var done = Volatile.Read(ref _done);
        log.Progress($"{done} of {projects} projects; {message}", (double)done / projects);
    }

    public void Done()
    {
        var done = Interlocked.Increment(ref _done);
        log.Progress($"{done} of {projects} projects", (double)done / projects);
    }
}
