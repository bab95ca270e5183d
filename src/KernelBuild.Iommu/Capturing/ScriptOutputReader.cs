using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Globalization;
using KernelBuild.Iommu.Topology;

namespace KernelBuild.Iommu.Capturing;

/// <summary>
/// The lines of <see cref="CaptureScript"/>: K kernel, C command line, D function, H host bridge, P device in a group, A table of ACPI, I
/// the table IORT, T
/// device tree; bytes in hexadecimal follow a D, an I and a T.
/// </summary>
internal sealed class ScriptOutputReader
{
    private const int LargestSpace = 4096;
    private const uint TreeMagic = 0xd00dfeed;

    private readonly SortedDictionary<PciAddress, CapturedFunction> _functions = [];
    private readonly List<byte> _bytes = [];
    private Capture _capture = new();
    private readonly List<string> _record = [];
    private CapturedFunction? _current;
    private bool _isTree;
    private bool _isIort;
    private bool _isChecked;
    private int _records;
    private int? _told;

    /// <summary>What is missing within it; null when nothing is.</summary>
    public string? Missing { get; private set; }

    /// <summary>From the first line on, which says whether records have checksums.</summary>
    public void Read(string line)
    {
        if (line.Contains("### KERNELBUILD", StringComparison.Ordinal))
        {
            _isChecked = line.EndsWith(" CAPTURE 2", StringComparison.Ordinal);
            Missing ??= _isChecked || line.EndsWith(" CAPTURE 1", StringComparison.Ordinal)
                ? null
                : "its first line was changed on its way";
            return;
        }

        if (line.StartsWith("X ", StringComparison.Ordinal))
        {
            EndRecord(line[2..]);
            return;
        }

        if (IsBeginning(line))
        {
            RequireChecksum();
            _record.Clear();
        }
        else if (_isChecked && _record.Count == 0)
        {
            // between a checksum and the next record, such as a warning of su: nothing of ours
            return;
        }

        _record.Add(line);
        ReadLine(line);
    }

    private static bool IsBeginning(string line) =>
        line is "T" or "I" || (line.Length > 1 && line[0] is 'K' or 'C' or 'D' or 'H' or 'P' or 'A' or 'N' && line[1] == ' ');

    /// <summary>A record that begins while another has no checksum yet.</summary>
    private void RequireChecksum()
    {
        if (_isChecked && _record.Count > 0)
        {
            Missing ??= $"the checksum of the record '{Shown(_record[0])}' is not there";
        }
    }

    /// <summary>Sum and length, as the program cksum prints them; nothing where the machine has no such program.</summary>
    private void EndRecord(string sum)
    {
        if (_record.Count == 0 || !_isChecked)
        {
            Missing ??= "a checksum is there, and not what it is of";
            return;
        }

        var text = System.Text.Encoding.Latin1.GetBytes(string.Join('\n', _record) + "\n");
        var words = sum.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length > 0 && sum.TrimEnd() != string.Create(CultureInfo.InvariantCulture, $"{PosixChecksum.Of(text)} {text.Length}"))
        {
            Missing ??= $"the record '{Shown(_record[0])}' was changed or cut on its way";
        }

        _records++;
        _record.Clear();
    }

    private static string Shown(string line) => line.Length > 20 ? line[..20] + "…" : line;

    private void ReadLine(string line)
    {
        if (line.Length > 1 && line[0] is 'K' or 'C' or 'D' or 'H' or 'P' or 'A' or 'N' && line[1] == ' ')
        {
            EndBytes();
            ReadFields(line[0], line[2..]);
        }
        else if (line is "T" or "I")
        {
            EndBytes();
            _isTree = line == "T";
            _isIort = line == "I";
        }
        else
        {
            ReadBytes(line);
        }
    }

    public Capture Finish()
    {
        EndBytes();
        RequireChecksum();
        if (_isChecked && _told != _records - 1)
        {
            Missing ??= _told is null
                ? "how many records there were is not told"
                : string.Create(CultureInfo.InvariantCulture, $"there were {_told} records, and {_records - 1} are here");
        }

        return _capture with { Functions = [.. _functions.Values] };
    }

    private void ReadFields(char kind, string text)
    {
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        switch (kind)
        {
            case 'K':
                _capture = _capture with { Kernel = text };
                break;
            case 'C':
                _capture = _capture with { CommandLine = text };
                break;
            case 'D' when words is [var address, var driver, var group, .. var further] && PciAddress.TryParse(address, out var parsed):
                _current = new CapturedFunction(
                    parsed, default, driver == "-" ? null : driver[..^1], Number(group.AsSpan(0, group.Length - 1)))
                {
                    Ids = further is [var vendor, var device, ..] ? IdsOf(vendor, device) : null,
                    PhysicalFunction = further is [_, _, var physical, ..] && PciAddress.TryParse(physical.TrimEnd('-'),
                        out var function) ? function : null,
                };
                break;
            case 'P' when words is [var name, var driver, var group, ..] && !PciAddress.TryParse(name, out _):
                _capture = _capture with
                {
                    Platform = _capture.Platform.Add(
                        new CapturedDevice(name, driver == "-" ? null : driver[..^1], Number(group.AsSpan(0, group.Length - 1)))),
                };
                break;
            case 'N':
                _told = Number(text);
                break;
            case 'A':
                _capture = _capture with { IsAcpi = true };
                break;
            case 'H' when words is [var bridge, var node]:
                _capture = _capture with { HostPaths = WithHost(_capture.HostPaths, bridge, node) };
                break;
            default:
                break;
        }
    }

    private void ReadBytes(string line)
    {
        foreach (var word in line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (word.Length == 2 && byte.TryParse(word, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
            {
                _bytes.Add(value);
            }
        }
    }

    /// <summary>The bytes so far belong to the tree or to the function that was begun last.</summary>
    private void EndBytes()
    {
        if (_isTree)
        {
            var tree = _bytes.ToArray();
            _capture = _capture with { DeviceTree = tree };
            if (tree.Length >= 8 && BinaryPrimitives.ReadUInt32BigEndian(tree) == TreeMagic
                && BinaryPrimitives.ReadUInt32BigEndian(tree.AsSpan(4)) is var size && size > tree.Length)
            {
                Missing ??= $"the device tree has {tree.Length} of {size} bytes";
            }

            _isTree = false;
        }
        else if (_isIort)
        {
            _capture = _capture with { Iort = _bytes.ToArray() };
            _isIort = false;
        }
        else if (_current is not null)
        {
            if (!IsSize(_bytes.Count))
            {
                Missing ??= $"{_current.Address} has {_bytes.Count} bytes of configuration space, and Linux gives 64, 128, 256 or 4096";
            }

            _functions[_current.Address] = _current with { Configuration = _bytes.Take(LargestSpace).ToArray() };
            _current = null;
        }

        _bytes.Clear();
    }

    /// <summary>"0x8086-" and "0x10d3-", as the files vendor and device have them.</summary>
    private static (ushort Vendor, ushort Device)? IdsOf(string vendor, string device) =>
        TryId(vendor, out var vendorId) && TryId(device, out var deviceId) ? (vendorId, deviceId) : null;

    /// <summary>
    /// What sysfs gives of a configuration space: nothing or 64 bytes without root (128 of a CardBus bridge), all with it; two quirks make
    /// it shorter. Source: drivers/pci/pci-sysfs.c, pci_read_config; drivers/pci/quirks.c, quirk_citrine and quirk_nfp6000.
    /// </summary>
    private static bool IsSize(int length) => length is 0 or 64 or 128 or 0xa0 or 256 or 0x600 or >= LargestSpace;

    private static bool TryId(string text, out ushort id)
    {
        id = 0;
        return text.StartsWith("0x", StringComparison.Ordinal)
            && ushort.TryParse(text.AsSpan(2).TrimEnd('-'), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out id);
    }

    private static int? Number(ReadOnlySpan<char> text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static ImmutableDictionary<uint, string> WithHost(ImmutableDictionary<uint, string> hosts, string bridge, string node)
    {
        const string tree = "devicetree/base/";
        var colon = bridge.IndexOf(':', StringComparison.Ordinal);
        var at = node.IndexOf(tree, StringComparison.Ordinal);
        return colon > 3 && at >= 0
            && uint.TryParse(bridge.AsSpan(3, colon - 3), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var domain)
            ? hosts.SetItem(domain, "/" + node[(at + tree.Length)..])
            : hosts;
    }
}
