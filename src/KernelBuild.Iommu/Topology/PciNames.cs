using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace KernelBuild.Iommu.Topology;

/// <summary>
/// Names of vendors, devices and classes, out of the file pci.ids (package pci.ids, https://pci-ids.ucw.cz), as far as a machine needs
/// them; what the
/// file does not have, or all without it, from a short list of classes and vendors.
/// </summary>
public sealed class PciNames
{
    private readonly Dictionary<uint, string> _vendors = [];
    private readonly Dictionary<uint, string> _devices = [];
    private readonly Dictionary<uint, string> _classes = [];

    private PciNames()
    {
    }

    private static readonly FrozenDictionary<ushort, string> _knownVendors = new Dictionary<ushort, string>
    {
        [0x1002] = "AMD/ATI", [0x1022] = "AMD", [0x10de] = "NVIDIA", [0x10ec] = "Realtek", [0x1106] = "VIA", [0x111d] = "IDT", [0x12d8] = "Pericom",
        [0x144d] = "Samsung", [0x14c3] = "MediaTek", [0x14e4] = "Broadcom", [0x15b3] = "Mellanox", [0x15b7] = "Sandisk", [0x168c] = "Qualcomm Atheros",
        [0x177d] = "Cavium", [0x17cb] = "Qualcomm", [0x1912] = "Renesas", [0x1957] = "NXP", [0x19e5] = "HiSilicon", [0x1af4] = "Red Hat",
        [0x1b21] = "ASMedia", [0x1b36] = "Red Hat", [0x1b4b] = "Marvell", [0x1c36] = "Annapurna Labs", [0x1d87] = "Rockchip", [0x1def] = "Ampere",
        [0x8086] = "Intel",
    }.ToFrozenDictionary();

    /// <summary>Without a file.</summary>
    public static PciNames BuiltIn { get; } = new();

    /// <summary>Reads what the functions need out of the text of pci.ids; lines that are none of the file's are passed over.</summary>
    public static PciNames Read(ReadOnlySpan<byte> text, IEnumerable<PciFunction> functions)
    {
        var names = new PciNames();
        var all = functions.ToArray();
        var vendors = all.Select(function => (uint)function.VendorId).ToHashSet();
        var devices = all.Select(function => ((uint)function.VendorId << 16) | function.DeviceId).ToHashSet();
        uint? vendor = null;
        uint? classCode = null;
        foreach (var range in text.Split((byte)'\n'))
        {
            var line = text[range].TrimEnd((byte)'\r');
            if (line.IsEmpty || line[0] == (byte)'#' || line.StartsWith("\t\t"u8))
            {
                continue;
            }

            if (line[0] == (byte)'\t')
            {
                if (vendor is { } of && TryLine(line[1..], 4, out var device, out var rest) && devices.Contains((of << 16) | device))
                {
                    names._devices[(of << 16) | device] = Text(rest);
                }
                else if (classCode is { } above && TryLine(line[1..], 2, out var subclass, out rest))
                {
                    names._classes[(above << 8) | subclass] = Text(rest);
                }

                continue;
            }

            vendor = null;
            classCode = null;
            if (line.StartsWith("C "u8) && TryLine(line[2..], 2, out var number, out var name))
            {
                classCode = number;
                names._classes[number << 8 | 0xff00_0000] = Text(name);
            }
            else if (TryLine(line, 4, out number, out name) && vendors.Contains(number))
            {
                vendor = number;
                names._vendors[number] = Text(name);
            }
        }

        return names;
    }

    /// <summary>Whether a text has a line of a vendor, "8086  Intel Corporation".</summary>
    public static bool IsList(ReadOnlySpan<byte> text)
    {
        foreach (var range in text.Split((byte)'\n'))
        {
            if (text[range] is [_, _, _, _, (byte)' ', (byte)' ', ..] and var line && TryLine(line, 4, out _, out _))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>"Ethernet controller"; "class 1234" for one that is not known.</summary>
    public string ClassOf(PciFunction function)
    {
        var code = function.ClassCode >> 8;
        return _classes.GetValueOrDefault(code) ?? PciClassNames.NameOf(code)
            ?? _classes.GetValueOrDefault((code & 0xff00) | 0xff00_0000)
            ?? (code == 0 ? "unclassified device" : string.Create(CultureInfo.InvariantCulture, $"class {code:x4}"));
    }

    /// <summary>"Intel Corporation 82574L Gigabit Network Connection"; where the device has no name, its vendor and number.</summary>
    public string DeviceOf(PciFunction function)
    {
        // pci.ids has a name for the number that stands for an unknown one
        var vendor = function.VendorId == PciFunction.UnknownId ? null
            : _vendors.GetValueOrDefault(function.VendorId) ?? _knownVendors.GetValueOrDefault(function.VendorId);
        if (!function.HasIds)
        {
            return vendor is null ? "device without IDs" : $"{vendor} device without a number";
        }

        return _devices.TryGetValue(((uint)function.VendorId << 16) | function.DeviceId, out var device)
            ? $"{vendor} {device}"
            : vendor is null ? function.Id
            : string.Create(CultureInfo.InvariantCulture, $"{vendor} device {function.DeviceId:x4}");
    }

    /// <summary>"Ethernet controller: Intel Corporation 82574L Gigabit Network Connection".</summary>
    public string Of(PciFunction function) => $"{ClassOf(function)}: {DeviceOf(function)}";

    private static bool TryLine(ReadOnlySpan<byte> line, int digits, out uint number, out ReadOnlySpan<byte> name)
    {
        number = 0;
        name = default;
        if (line.Length < digits + 3 || line[digits] != (byte)' '
            || !uint.TryParse(line[..digits], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number))
        {
            return false;
        }

        name = line[digits..].Trim((byte)' ');
        return true;
    }

    private static string Text(ReadOnlySpan<byte> text) => Encoding.UTF8.GetString(text);
}
