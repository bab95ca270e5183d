using System.Collections.Immutable;

namespace KernelBuild.Flashing;

/// <summary>A shell that reads the capture script from its input, as root where that is possible without a question.</summary>
/// <param name="Program">sh, adb or ssh.</param>
public sealed record CaptureShell(string Program, ImmutableArray<string> Arguments)
{
    /// <summary>This machine.</summary>
    public static CaptureShell Local { get; } = new("sh", ["-s"]);

    /// <param name="serial">Null for the only device.</param>
    public static CaptureShell Adb(string? serial) => new(
        "adb",
        [
            .. serial is null ? (string[])[] : ["-s", serial], "shell",
            "if su -c true >/dev/null 2>&1; then su -c sh; elif su 0 true >/dev/null 2>&1; then su 0 sh; else sh; fi",
        ]);

    /// <param name="host">[USER@]HOST.</param>
    public static CaptureShell Ssh(string host) => new(
        "ssh", ["-o", "BatchMode=yes", "--", host, "if [ $(id -u) != 0 ] && sudo -n true 2>/dev/null; then sudo -n sh -s; else sh -s; fi"]);
}
