using KernelBuild.Diagnostics;
using KernelBuild.Host.Reporting;

namespace KernelBuild.Cli.CommandLine;

/// <summary>Turns what a user can cause into findings and an exit code; a bug keeps its stack.</summary>
internal static class Findings
{
    public static async Task<int> CatchAsync(TextWriter errors, Func<Task<int>> run)
    {
        try
        {
            return await run();
        }
        catch (Exception e) when (UserErrors.Explain(e) is { Count: > 0 } findings)
        {
            await errors.WriteLineAsync(string.Join('\n', findings));

            return e is OperationCanceledException ? ExitCode.Interrupted
                : findings.All(finding => finding.Code == DiagnosticCodes.PatchMalformed) ? ExitCode.Findings
                : ExitCode.UsageOrEnvironment;
        }
    }
}
