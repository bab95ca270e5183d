using System.Runtime.InteropServices;
using KernelBuild.Build;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Processes;
using KernelBuild.Host.Reporting;
using Microsoft.Build.Framework;

namespace KernelBuild.Sdk.Tasks;

/// <summary>
/// What all tasks share: cancellation by MSBuild and by SIGTERM (which 'dotnet build' by itself answers with exit code 0 and
/// nothing built), and findings as MSBuild errors. A bug keeps its stack.
/// </summary>
public abstract class StageTask : Microsoft.Build.Utilities.Task, ICancelableTask, IDisposable
{
    private static readonly TimeSpan _gracePeriod = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan _loggers = TimeSpan.FromMilliseconds(300);

    private readonly CancellationTokenSource _cancellation = new();
    private readonly ManualResetEventSlim _ended = new();

    /// <summary>Parallel jobs; empty for one per processor.</summary>
    public string Jobs { get; set; } = "";

    public bool Locked { get; set; }

    /// <summary>Resolve the sources anew.</summary>
    public bool UpdateLock { get; set; }

    /// <summary>Ask no server.</summary>
    public bool Offline { get; set; }

    public bool NoInstall { get; set; }

    public void Cancel() => _cancellation.Cancel();

    public sealed override bool Execute()
    {
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            Terminate();
        });
        using var exit = new ProcessExitHook(Terminate);
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

        _ended.Set();
        return !Log.HasLoggedErrors;
    }

    /// <summary>
    /// The process is being ended in the middle of a stage: the children end first, then the process, with a signal's exit code.
    /// Environment.ExitCode would not do: the dotnet command overrides it.
    /// </summary>
    private void Terminate()
    {
        _cancellation.Cancel();
        _ended.Wait(_gracePeriod);
        // the loggers run on threads of their own
        Thread.Sleep(_loggers);
        ProcessEnd.Now(128 + 15);
    }

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    internal abstract Task ExecuteAsync(IBuildLog log, CancellationToken cancellationToken);

    protected virtual void Dispose(bool disposing)
    {
        _cancellation.Dispose();
        _ended.Dispose();
    }

    /// <summary>The session of a device that an earlier task of this build has begun; null when there is none.</summary>
    /// <param name="deviceFile">Where the evaluated device stands.</param>
    internal BuildSession? SessionOf(string deviceFile) =>
        BuildEngine4.GetRegisteredTaskObject(SessionKey(deviceFile), RegisteredTaskObjectLifetime.Build) as BuildSession;

    /// <summary>Hands a session on to the tasks that follow.</summary>
    internal BuildSession Share(BuildSession session)
    {
        var key = SessionKey(session.Device.Folders.DeviceFile);
        BuildEngine4.UnregisterTaskObject(key, RegisteredTaskObjectLifetime.Build);
        BuildEngine4.RegisterTaskObject(key, session, RegisteredTaskObjectLifetime.Build, allowEarlyCollection: false);
        return session;
    }

    private static string SessionKey(string deviceFile) => "KernelBuild.Session:" + deviceFile;

    internal BuildOptions Options() => new()
    {
        Jobs = Jobs.Length == 0 ? null
            : int.TryParse(Jobs, out var jobs) && jobs > 0 ? jobs
            : throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.UsageInvalid, $"Jobs is '{Jobs}'; a number above 0 was expected")),
        Locked = Locked,
        UpdateLock = UpdateLock,
        Offline = Offline,
        NoInstall = NoInstall || Offline,
    };
}
