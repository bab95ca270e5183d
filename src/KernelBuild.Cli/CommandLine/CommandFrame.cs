using System.CommandLine;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Reporting;

namespace KernelBuild.Cli.CommandLine;

/// <summary>
/// Runs what a command does. What a user can cause becomes lines with a code and an exit code; a bug keeps its stack.
/// </summary>
internal static class CommandFrame
{
    /// <summary>Sets the action of a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="run">Gets the parsed command line and where to write; returns the exit code.</param>
    public static void OnRun(this Command command, Func<ParseResult, TextWriter, TextWriter, int> run) => command.SetAction(result =>
    {
        var errors = result.InvocationConfiguration.Error;
        try
        {
            return run(result, result.InvocationConfiguration.Output, errors);
        }
        catch (Exception e) when (UserErrors.Explain(e) is { Count: > 0 } findings)
        {
            FailureReport.Write(result, result.InvocationConfiguration.Output, findings);
            return Fail(findings, errors);
        }
    });

    /// <summary>Sets the action of a command that runs programs.</summary>
    /// <param name="command">The command.</param>
    /// <param name="run">As above; cancelled by Ctrl-C.</param>
    public static void OnRunAsync(this Command command, Func<ParseResult, TextWriter, TextWriter, CancellationToken, Task<int>> run) =>
        command.SetAction(async (result, cancellationToken) =>
        {
            var errors = result.InvocationConfiguration.Error;
                try
            {
                return await run(result, result.InvocationConfiguration.Output, errors, cancellationToken);
            }
            catch (Exception e) when (UserErrors.Explain(e) is { Count: > 0 } findings)
            {
                FailureReport.Write(result, result.InvocationConfiguration.Output, findings);
                return e is OperationCanceledException ? Fail(findings, errors, ExitCode.Interrupted) : Fail(findings, errors);
            }
        });

    /// <summary>Runs a command that is not parsed by the common parser.</summary>
    public static int Run(Func<int> run, TextWriter errors)
    {
        try
        {
            return run();
        }
        catch (Exception e) when (UserErrors.Explain(e) is { Count: > 0 } findings)
        {
            return Fail(findings, errors);
        }
    }

    /// <summary>Shows what is to be known of an input, for a command that goes on.</summary>
    public static void Warn(IEnumerable<Diagnostic> findings, TextWriter errors)
    {
        foreach (var finding in findings)
        {
            errors.WriteLine(finding);
        }
    }

    private static int Fail(IReadOnlyList<Diagnostic> findings, TextWriter errors, int? exitCode = null)
    {
        Warn(findings, errors);
        return exitCode ?? ExitCode.Of(findings);
    }

    /// <exception cref="DiagnosticException">KB9010.</exception>
    public static DiagnosticException Usage(string message, string fix) =>
        new(Diagnostic.Error(DiagnosticCodes.UsageInvalid, message, fix));
}
