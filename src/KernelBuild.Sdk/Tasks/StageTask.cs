using System.Runtime.InteropServices;
using KernelBuild.Devices;
using KernelBuild.Diagnostics;
using Microsoft.Build.Framework;

namespace KernelBuild.Sdk.Tasks;

/// <summary>
/// What all tasks share: cancellation by MSBuild and by SIGTERM (which 'dotnet build' by itself answers with exit code 0 and
/// nothing built), and findings as MSBuild errors. A bug keeps its stack.
/// </summary>
public abstract class StageTask : Microsoft.Build.Utilities.Task, ICancelableTask, IDisposable
{
    private readonly CancellationTokenSource _cancellation = new();

    /// <summary>Parallel jobs; empty for one per processor.</summary>
    public string Jobs { get; set; } = "";

    public bool Locked { get; set; }

    public bool NoInstall { get; set; }

    public void Cancel() => _cancellation.Cancel();

    public sealed override bool Execute()
    {
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            _cancellation.Cancel();
        });
        var log = new MSBuildLog(this);
        try
        {
            ExecuteAsync(log, _cancellation.Token).GetAwaiter().GetResult();
        }
        catch (Exception e) when (UserErrors.Explain(e) is { Count: > 0 } findings)
        {
            foreach (var finding in findings)
            {
                log.Report(finding);
            }
        }

        return !Log.HasLoggedErrors;
    }

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    internal abstract Task ExecuteAsync(IBuildLog log, CancellationToken cancellationToken);

    protected virtual void Dispose(bool disposing) => _cancellation.Dispose();

    internal BuildOptions Options() => new()
    {
        Jobs = Jobs.Length == 0 ? null
            : int.TryParse(Jobs, out var jobs) && jobs > 0 ? jobs
            : throw new DiagnosticException(Diagnostic.Error(DiagnosticCodes.UsageInvalid, $"Jobs is '{Jobs}'; a number above 0 was expected")),
        Locked = Locked,
        NoInstall = NoInstall,
    };
}
