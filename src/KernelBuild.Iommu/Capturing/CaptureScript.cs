using System.Diagnostics.CodeAnalysis;
using System.Text;
using KernelBuild.Diagnostics;

namespace KernelBuild.Iommu.Capturing;

/// <summary>
/// A shell script that prints all that a capture needs, for any shell with od and readlink: Linux, Android's toybox,
/// busybox; no lspci. It only reads. Root is needed for configuration space beyond 64 bytes and for the device tree.
/// </summary>
public static class CaptureScript
{
    private const string FirstLine = "### KERNELBUILD IOMMU CAPTURE ";
    private const string LastLine = "### END";

    /// <summary>
    /// For sh; R, when set, is put before every path. A record and its checksum are printed by one function: K, C, D, H, P, A, I and T as
    /// <see cref="ScriptOutputReader"/> reads them, X the checksum of the record before it, N how many records there were.
    /// </summary>
    public const string Text = """
        echo '### KERNELBUILD IOMMU CAPTURE 2'
        n=0
        say() { n=$((n+1)); echo "$1"; echo "X $(echo "$1" | cksum 2>/dev/null)"; }
        l='
        '
        say "K $(uname -r)"
        say "C $(cat $R/proc/cmdline 2>/dev/null)"
        for d in $R/sys/bus/pci/devices/*; do
          [ -e "$d/config" ] || continue
          b=${d##*/}
          v=$(readlink "$d/driver" 2>/dev/null); g=$(readlink "$d/iommu_group" 2>/dev/null)
          f=$(readlink "$d/physfn" 2>/dev/null)
          i="$(cat "$d/vendor" 2>/dev/null)- $(cat "$d/device" 2>/dev/null)-"
          say "D $b ${v##*/}- ${g##*/}- $i ${f##*/}-$l$(od -An -v -tx1 "$d/config" 2>/dev/null)"
        done
        for h in $R/sys/devices/*/pci[0-9]* $R/sys/devices/*/*/pci[0-9]* $R/sys/devices/*/*/*/pci[0-9]*; do
          o=$(readlink "$h/of_node" 2>/dev/null || readlink "${h%/*}/of_node" 2>/dev/null) || continue
          say "H ${h##*/} $o"
        done
        for d in $R/sys/kernel/iommu_groups/*/devices/*; do
          [ -e "$d" ] || continue
          g=${d%/devices/*}; v=$(readlink "$d/driver" 2>/dev/null)
          say "P ${d##*/} ${v##*/}- ${g##*/}-"
        done
        for t in $R/sys/firmware/acpi/tables/IORT $R/sys/firmware/acpi/tables/DMAR $R/sys/firmware/acpi/tables/IVRS; do
          [ -e "$t" ] || continue
          say "A ${t##*/}"
          [ "${t##*/}" = IORT ] && [ -r "$t" ] && say "I$l$(od -An -v -tx1 "$t" 2>/dev/null)"
        done
        say "T$l$(od -An -v -tx1 $R/sys/firmware/fdt 2>/dev/null)"
        say "N $n"
        echo '### END'
        exit

        """;

    public static bool IsOutput(ReadOnlySpan<byte> bytes) => bytes.IndexOf(Encoding.ASCII.GetBytes(FirstLine)) >= 0;

    /// <summary>Whether the output has its last line.</summary>
    public static bool IsComplete(ReadOnlySpan<byte> bytes) => Lines(bytes).Any(line => line == LastLine);

    /// <summary>Reads the output; what is before and after it, such as a shell's greeting, does not matter.</summary>
    /// <param name="error">KB7013 when it broke off: the last line is not there, bytes of a function or of the tree are missing, or a
    /// record is not the one that
    /// the machine printed.</param>
    public static bool TryRead(ReadOnlySpan<byte> output, [NotNullWhen(true)] out Capture? capture,
        [NotNullWhen(false)] out Diagnostic? error)
    {
        var missing = IsComplete(output) ? null : $"its last line, {LastLine}, is not there";
        var reader = new ScriptOutputReader();
        foreach (var line in Lines(output)
            .SkipWhile(line => !line.Contains(FirstLine, StringComparison.Ordinal))
            .TakeWhile(line => line != LastLine))
        {
            reader.Read(line);
        }

        capture = reader.Finish();
        missing ??= reader.Missing;
        error = missing is null ? null : Diagnostic.Error(
            DiagnosticCodes.CaptureCut, $"the capture broke off: {missing}; it has {Counted.Of(capture.Functions.Length, "PCI function")}",
            "capture again: kernelbuild iommu capture --adb (or --ssh HOST, --local) --output FILE");
        capture = error is null ? capture : null;
        return error is null;
    }

    private static IEnumerable<string> Lines(ReadOnlySpan<byte> output) =>
        Encoding.Latin1.GetString(output).Split('\n').Select(line => line.TrimEnd('\r'));
}
