using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;

namespace KernelBuild.Host.Reporting;

/// <summary>Tells what a user can cause from what only a bug can: the first become findings, the second keep their stack.</summary>
public static class UserErrors
{
    /// <summary>The findings that an exception stands for; empty when it is a bug.</summary>
    public static IReadOnlyList<Diagnostic> Explain(Exception exception)
    {
        switch (exception)
        {
            case DiagnosticException coded:
                return coded.Diagnostics.Any(IsDiskFull) ? [DiskFull(), .. coded.Diagnostics] : coded.Diagnostics;
            case OperationCanceledException:
                return
                [
                    Diagnostic.Error(
                        DiagnosticCodes.Interrupted, "interrupted; nothing that was finished is lost, and the next run goes on from there"),
                ];
            case AggregateException { InnerExceptions: [var inner] }:
                return Explain(inner);
            case IOException when DiskSpace.IsExhausted(exception):
                return [DiskFull()];
            case IOException or UnauthorizedAccessException:
                return
                [
                    Diagnostic.Error(
                        DiagnosticCodes.FileUnreadable, exception.Message, "check that the path exists and may be read and written"),
                ];
            case TimeoutException:
                return [Diagnostic.Error(DiagnosticCodes.ToolFailed, exception.Message)];
            default:
                return [];
        }
    }

    private static bool IsDiskFull(Diagnostic diagnostic) =>
        diagnostic.Code != DiagnosticCodes.DiskFull
        && diagnostic.Details.Append(diagnostic.Message).Any(line => DiskSpace.IsExhausted(line));

    private static Diagnostic DiskFull() => Diagnostic.Error(
        DiagnosticCodes.DiskFull,
        "the disk is full",
        "free some space and run again; a kernel build needs about 2.5 GB for one device, and what was finished is kept");
}
