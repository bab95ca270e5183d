using KernelBuild.Devices;
using KernelBuild.Diagnostics;
using Serilog;

internal sealed partial class Build
{
    private static readonly string[] _usageOrEnvironment =
    [
        DiagnosticCodes.ToolMissing, DiagnosticCodes.ToolInstallationFailed, DiagnosticCodes.HostUnsupported,
        DiagnosticCodes.DeviceUnknown, DiagnosticCodes.DeviceBusy, DiagnosticCodes.UsageInvalid,
    ];

    /// <summary>Runs a target's work: findings are logged with their codes and decide the exit code; a bug keeps its stack.</summary>
    private void Run(Func<Task> work)
    {
        try
        {
            work().GetAwaiter().GetResult();
        }
        catch (OperationCanceledException) when (_interrupted.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception e) when (UserErrors.Explain(e) is { Count: > 0 } findings)
        {
            foreach (var finding in findings)
            {
                Log.Error("{Finding}", finding);
            }

            ExitCode = findings.Any(finding => _usageOrEnvironment.Contains(finding.Code)) ? 2 : 1;
            throw new BuildFailedException($"{findings[0].Code}: {findings[0].Message}");
        }
    }

    /// <summary>The findings have been shown; this only ends the target.</summary>
    private sealed class BuildFailedException(string message) : Exception(message);
}
