using KernelBuild.Diagnostics;
using KernelBuild.Host.Reporting;

internal sealed partial class Build
{
    /// <summary>Runs a target's work: findings become the target's message and decide the exit code; a bug keeps its stack.</summary>
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
            ExitCode = findings.Any(finding => DiagnosticCodes.IsUsageOrEnvironment(finding.Code)) ? 2 : 1;
            throw new BuildFailedException(string.Join("\n", findings));
        }
    }

    /// <summary>Carries findings to the host, which shows them.</summary>
    private sealed class BuildFailedException(string message) : Exception(message);
}
