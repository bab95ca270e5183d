using System.CommandLine;
using KernelBuild.Diagnostics;

namespace KernelBuild.Cli.CommandLine;

/// <summary>Runs what a command does, and turns findings that end it into lines and an exit code.</summary>
internal static class CommandRunner
{
    /// <summary>Sets the action of a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="run">Gets the parsed command line and where to write; returns the exit code.</param>
    public static void OnRun(this Command command, Func<ParseResult, TextWriter, TextWriter, int> run) => command.SetAction(result =>
    {
        var errors = result.InvocationConfiguration.Error;
        return Run(() => run(result, result.InvocationConfiguration.Output, errors), errors);
    });

    public static int Run(Func<int> run, TextWriter errors)
    {
        try
        {
            return run();
        }
        catch (DiagnosticException exception)
        {
            foreach (var diagnostic in exception.Diagnostics)
            {
                errors.WriteLine(diagnostic);
            }

            return exception.Diagnostics.Any(d => d.Code is DiagnosticCodes.FileUnreadable or DiagnosticCodes.DiskFull || DiagnosticCodes.IsUsageOrEnvironment(d.Code))
                ? ExitCode.UsageOrEnvironment
                : ExitCode.Findings;
        }
    }

    /// <exception cref="DiagnosticException">KB9010.</exception>
    public static DiagnosticException Usage(string message, string fix) => new(Diagnostic.Error(DiagnosticCodes.UsageInvalid, message, fix));
}
