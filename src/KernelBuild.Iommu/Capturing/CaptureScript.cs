using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using KernelBuild.Iommu.Topology;

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
          echo "D $b ${v##*/}- ${g##*/}-"
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
        var capture = new Capture();
        var functions = new SortedDictionary<PciAddress, CapturedFunction>();
        var bytes = new List<byte>();
        CapturedFunction? current = null;
        var inTree = false;
        var begun = false;
        foreach (var raw in Encoding.Latin1.GetString(output).Split('\n'))
        {
            var line = raw.TrimEnd('\r');
            if (!begun || line == LastLine)
            {
                begun |= line.EndsWith(FirstLine, StringComparison.Ordinal);
                if (line == LastLine)
                {
                    break;
                }

                continue;
            }

            if (line.Length > 1 && line[0] is 'K' or 'C' or 'D' or 'H' && line[1] == ' ')
            {
                Finish();
                var words = line[2..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
                switch (line[0])
                {
                    case 'K':
                        capture = capture with { Kernel = line[2..] };
                        break;
                    case 'C':
                        capture = capture with { CommandLine = line[2..] };
                        break;
                    case 'D' when words is [var address, var driver, var group] && PciAddress.TryParse(address, out var parsed):
                        current = new CapturedFunction(
                            parsed,
                            default,
                            driver == "-" ? null : driver[..^1],
                            int.TryParse(group.AsSpan(0, group.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null);
                        break;
                    case 'H' when words is [var bridge, var node]:
                        capture = capture with { HostPaths = WithHost(capture.HostPaths, bridge, node) };
                        break;
                    default:
                        break;
                }
            }
            else if (line == "T")
            {
                Finish();
                inTree = true;
            }
            else
            {
                foreach (var word in line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                {
                    if (word.Length == 2 && byte.TryParse(word, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
                    {
                        bytes.Add(value);
                    }
                }
            }
        }

        Finish();
        return capture with { Functions = [.. functions.Values] };

        void Finish()
        {
            if (inTree)
            {
                capture = capture with { DeviceTree = bytes.ToArray() };
                inTree = false;
            }
            else if (current is not null)
            {
                functions[current.Address] = current with { Configuration = bytes.Take(4096).ToArray() };
                current = null;
            }

            bytes.Clear();
        }
    }

    private static ImmutableDictionary<uint, string> WithHost(ImmutableDictionary<uint, string> hosts, string bridge, string node)
    {
        const string tree = "devicetree/base/";
        var colon = bridge.IndexOf(':', StringComparison.Ordinal);
        var at = node.IndexOf(tree, StringComparison.Ordinal);
        return colon > 3 && at >= 0 && uint.TryParse(bridge.AsSpan(3, colon - 3), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var domain)
            ? hosts.SetItem(domain, "/" + node[(at + tree.Length)..])
            : hosts;
    }
}
