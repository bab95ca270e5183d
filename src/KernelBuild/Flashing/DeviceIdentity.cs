using KernelBuild.Diagnostics;
using KernelBuild.Manifest;

namespace KernelBuild.Flashing;

/// <summary>What a running device says of itself.</summary>
/// <param name="Fingerprint">ro.build.fingerprint; empty when it has none.</param>
/// <param name="SlotSuffix">"_a", "_b", or empty without slots.</param>
/// <param name="SerialNumber">Of the device; empty when it tells none.</param>
/// <param name="Root">The words before a command that run it as root: empty for a root shell; null when there is no way. Managers' su
/// takes one text
/// (su -c), AOSP's own a program with its arguments (su 0 sh -c), and so does sudo.</param>
/// <param name="Kernel">Banner and build ID; each empty when it may not be read.</param>
public sealed record DeviceIdentity(string Fingerprint, string SlotSuffix, string SerialNumber, string? Root, KernelIdentity Kernel)
{
    /// <summary>R is put before every path when it is set, as in the capture's script.</summary>
    private const string Script = """
        if [ "$(id -u)" = 0 ]; then echo R
        elif [ "$(sudo -n id -u 2>/dev/null </dev/null)" = 0 ]; then echo 'R sudo -n sh -c'
        elif [ "$(su -c 'id -u' 2>/dev/null </dev/null)" = 0 ]; then echo 'R su -c'
        elif [ "$(su 0 id -u 2>/dev/null </dev/null)" = 0 ]; then echo 'R su 0 sh -c'; fi
        echo "F $(getprop ro.build.fingerprint 2>/dev/null)"
        s=$(getprop ro.boot.slot_suffix 2>/dev/null)
        for w in $(cat $R/proc/cmdline 2>/dev/null); do case $w in androidboot.slot_suffix=*) s=${s:-${w#*=}} ;; esac; done
        echo "S $s"
        echo "N $(getprop ro.serialno 2>/dev/null)"
        echo "V $(cat $R/proc/version 2>/dev/null)"
        echo "B $(od -An -v -tx1 $R/sys/kernel/notes 2>/dev/null | tr -d ' \n')"
        """;

    /// <exception cref="DiagnosticException">KB9027.</exception>
    public static async Task<DeviceIdentity> ReadAsync(IDeviceShell shell, CancellationToken cancellationToken) =>
        Read(await shell.ShellAsync(Script.ReplaceLineEndings("\n"), cancellationToken));

    /// <summary>A script as a command that runs it as root.</summary>
    /// <param name="root">As <see cref="Root"/>.</param>
    internal static string AsRoot(string root, string script) =>
        root.Length == 0 ? script : $"{root} '{script.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private static DeviceIdentity Read(IReadOnlyList<string> lines)
    {
        var root = lines.FirstOrDefault(line => line == "R" || line.StartsWith("R su", StringComparison.Ordinal));
        return new DeviceIdentity(
            Value('F'), Value('S') is var slot && slot is "_a" or "_b" ? slot : "", Value('N'), root?[1..].Trim(),
            new KernelIdentity(Value('V'), BuildId(Value('B'))));

        string Value(char name) => lines
            .Where(line => line.Length > 1 && line[0] == name && line[1] == ' ')
            .Select(line => line[2..].Trim())
            .FirstOrDefault() ?? "";
    }

    private static string BuildId(string notes) =>
        notes.Length % 2 == 0 && notes.All(char.IsAsciiHexDigit) ? KernelIdentity.BuildIdIn(Convert.FromHexString(notes)) : "";
}
