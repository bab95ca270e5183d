using KernelBuild.Diagnostics;
using KernelBuild.Host.Reporting;
using Nuke.Common;
using Nuke.Common.Execution;

internal sealed partial class Build
{
    /// <summary>
    /// Runs the work of a target. Findings are logged here and decide the exit code; the exception that then ends the target
    /// only names their codes, because NUKE prints an exception with its stack. A bug stays the exception that it is.
    /// </summary>
    private async Task RunAsync(Func<Task> work)
    {
        Blocks.BeginTarget(ExecutionPlan.First(target => target.Status == ExecutionStatus.Running).Name);
        try
        {
            await work();
        }
        catch (OperationCanceledException) when (_interrupted.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception e) when (UserErrors.Explain(e) is { Count: > 0 } findings)
        {
            foreach (var finding in findings)
            {
                Findings.Report(finding);
            }

            ExitCode = findings.Any(finding => DiagnosticCodes.IsUsageOrEnvironment(finding.Code)) ? 2 : 1;
            var errors = findings.Where(finding => finding.Severity == DiagnosticSeverity.Error);
            Assert.Fail($"failed with {string.Join(", ", errors.Select(finding => finding.Code).Distinct())}");
        }
        finally
        {
            Blocks.EndStage();
        }
    }
}
