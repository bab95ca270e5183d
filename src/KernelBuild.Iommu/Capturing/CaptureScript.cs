using System.Text;

namespace KernelBuild.Iommu.Capturing;

/// <summary>
/// A shell script that prints all that a capture needs, for any shell with od and readlink: Linux, Android's toybox,
/// busybox; no lspci. It only reads. Root is needed for configuration space beyond 64 bytes and for the device tree.
/// </summary>
public static class CaptureScript
{
    private const string FirstLine = "### KERNELBUILD IOMMU CAPTURE 1";
    private const string LastLine = "### END";

    /// <summary>For sh; R, when set, is put before every path.</summary>
    public const string Text = """
        echo '### KERNELBUILD IOMMU CAPTURE 1'
        echo "K $(uname -r)"
        echo "C $(cat $R/proc/cmdline 2>/dev/null)"
        for d in $R/sys/bus/pci/devices/*; do
          [ -e "$d/config" ] || continue
          b=${d##*/}
          v=$(readlink "$d/driver" 2>/dev/null); g=$(readlink "$d/iommu_group" 2>/dev/null)
          f=$(readlink "$d/physfn" 2>/dev/null)
          echo "D $b ${v##*/}- ${g##*/}- $(cat "$d/vendor" 2>/dev/null)- $(cat "$d/device" 2>/dev/null)- ${f##*/}-"
          od -An -v -tx1 "$d/config" 2>/dev/null
        done
        for h in $R/sys/devices/*/pci[0-9]* $R/sys/devices/*/*/pci[0-9]* $R/sys/devices/*/*/*/pci[0-9]*; do
          n=$(readlink "$h/of_node" 2>/dev/null || readlink "${h%/*}/of_node" 2>/dev/null) || continue
          echo "H ${h##*/} $n"
        done
        echo T
        od -An -v -tx1 $R/sys/firmware/fdt 2>/dev/null
        echo '### END'

        """;

    public static bool IsOutput(ReadOnlySpan<byte> bytes) => bytes.IndexOf(Encoding.ASCII.GetBytes(FirstLine)) >= 0;

    /// <summary>Reads the output; what is before and after it, such as a shell's greeting, does not matter.</summary>
    public static Capture Read(ReadOnlySpan<byte> output)
    {
        var reader = new ScriptOutputReader();
        var lines = Encoding.Latin1.GetString(output).Split('\n').Select(line => line.TrimEnd('\r'));
        foreach (var line in lines
            .SkipWhile(line => !line.EndsWith(FirstLine, StringComparison.Ordinal))
            .Skip(1)
            .TakeWhile(line => line != LastLine))
        {
            reader.Read(line);
        }

        return reader.Finish();
    }
}
