using KernelBuild.Diagnostics;

namespace KernelBuild.Cli.CommandLine;

/// <summary>What the command tells the shell.</summary>
internal static class ExitCode
{
    public const int Done = 0;

    /// <summary>The files were looked at, and something in them is wrong at the level of an error.</summary>
    public const int Findings = 1;

    /// <summary>The command line is wrong, or a file could not be read.</summary>
    public const int UsageOrEnvironment = 2;

    /// <summary>Ended by Ctrl-C, as a shell counts it.</summary>
    public const int Interrupted = 130;

    /// <summary>
    /// The one place that decides between 0, 1 and 2 for findings: 2 when one means that usage or environment is at fault, 1 when one
    /// is an error, else 0.
    /// </summary>
    public static int Of(IEnumerable<Diagnostic> findings)
    {
        var exitCode = Done;
        foreach (var finding in findings.Where(finding => finding.Severity == DiagnosticSeverity.Error))
        {
            if (DiagnosticCodes.IsUsageOrEnvironment(finding.Code) || IsNamedOnTheCommandLine(finding))
            {
                return UsageOrEnvironment;
            }

            exitCode = Findings;
        }

        return exitCode;
    }

    /// <summary>What a device project names when a kernel is built, and the user when this command runs.</summary>
    private static bool IsNamedOnTheCommandLine(Diagnostic finding) =>
        finding.Code is DiagnosticCodes.SeriesMissing or DiagnosticCodes.SeriesFolderInUse or DiagnosticCodes.RepositoryUnusable
            || finding is { Code: DiagnosticCodes.KernelVersionInvalid, File: null };
}
