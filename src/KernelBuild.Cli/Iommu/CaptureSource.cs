using System.Diagnostics.CodeAnalysis;
using KernelBuild.Diagnostics;
using KernelBuild.Flashing;
using KernelBuild.Iommu.Capturing;

namespace KernelBuild.Cli.Iommu;

/// <summary>Where a capture comes from: files, or a shell here, behind adb, or behind ssh, to which the capture script is fed.</summary>
internal sealed record CaptureSource(string[] Files, bool Local, bool Adb, string? Serial, string? Ssh)
{
    /// <param name="partial">Where what a machine printed is kept when it is no whole capture.</param>
    public bool TryRead(string partial, [NotNullWhen(true)] out Capture? capture, [NotNullWhen(false)] out Diagnostic? error)
    {
        capture = null;
        var ways = (Files.Length > 0 ? 1 : 0) + (Local ? 1 : 0) + (Adb ? 1 : 0) + (Ssh is null ? 0 : 1);
        if (ways != 1 || Files.Length > 1)
        {
            error = Diagnostic.Error(
                DiagnosticCodes.UsageInvalid, "name one source of the capture", "give one FILE, --local, --adb or --ssh HOST");
            return false;
        }

        if (Serial is not null && !Adb)
        {
            error = Diagnostic.Error(DiagnosticCodes.UsageInvalid, "--serial names a device at adb, and --adb is not given", "add --adb");
            return false;
        }

        return Files is [var file]
            ? CaptureInput.TryRead(file, out capture, out error)
            : new LiveCapture(Local ? CaptureShell.Local : Adb ? CaptureShell.Adb(Serial) : CaptureShell.Ssh(Ssh!))
                .TryRead(partial, out capture, out error);
    }
}
