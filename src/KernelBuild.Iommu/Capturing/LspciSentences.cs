using System.Globalization;
using System.Text.RegularExpressions;
using KernelBuild.Iommu.Topology;

namespace KernelBuild.Iommu.Capturing;

/// <summary>What the lines of lspci -nnvvv say about one function.</summary>
internal sealed partial class LspciSentences
{
    private uint? _class;
    private ushort _vendor;
    private ushort _device;
    private PciPortType? _type;
    private byte? _secondary;
    private bool _isBridge;
    private int _capabilityOffset;
    private int _acsOffset;
    private AcsServices? _acsCapability;
    private AcsServices _acsControl;
    private const uint HostBridgeClass = 0x0600;

    private bool _hasExtended;
    private bool _saysCapabilities;
    private bool _isDenied;
    private bool _namesAcs;
    private int _virtualCount;
    private bool _virtualOff;
    private (int Offset, int Stride, ushort DeviceId)? _virtualPlace;

    public string? Driver { get; private set; }

    public int? Group { get; private set; }

    /// <summary>"PCI bridge [0604]: Red Hat, Inc. QEMU PCIe Root port [1b36:000c] (prog-if 00 [Normal decode])".</summary>
    public void Title(string text)
    {
        if (ClassPattern().Match(text) is { Success: true } found && IdPattern().Match(text) is { Success: true } id)
        {
            _class = Hex(found.Groups[1].Value) << 8;
            _vendor = (ushort)Hex(id.Groups[1].Value);
            _device = (ushort)Hex(id.Groups[2].Value);
        }
    }

    public void Line(string text)
    {
        if (text.StartsWith("Capabilities: [", StringComparison.Ordinal))
        {
            _saysCapabilities = true;
            _namesAcs |= text.Contains("Access Control Services", StringComparison.Ordinal);
            Capability(text);
        }
        else if (text.StartsWith("Capabilities: <", StringComparison.Ordinal))
        {
            _isDenied = true;
        }
        else if (text.StartsWith("Flags: ", StringComparison.Ordinal) || text.StartsWith("Status: ", StringComparison.Ordinal))
        {
            // printed with -v, which prints capabilities as well
            _saysCapabilities = true;
        }
        else if (text.StartsWith("ACSCap:", StringComparison.Ordinal))
        {
            _acsCapability = Flags(text);
            _acsOffset = _capabilityOffset;
        }
        else if (text.StartsWith("ACSCtl:", StringComparison.Ordinal))
        {
            _acsControl = Flags(text);
        }
        else if (text.StartsWith("Bus: primary=", StringComparison.Ordinal) && SecondaryPattern().Match(text) is { Success: true } bus)
        {
            _isBridge = true;
            _secondary = (byte)Hex(bus.Groups[1].Value);
        }
        else if (VirtualCountPattern().Match(text) is { Success: true } count)
        {
            _virtualCount = Number(count, 1);
        }
        else if (VirtualOffsetPattern().Match(text) is { Success: true } place)
        {
            _virtualPlace = (Number(place, 1), Number(place, 2), (ushort)Hex(place.Groups[3].Value));
        }
        else if (text.StartsWith("IOVCtl:", StringComparison.Ordinal))
        {
            _virtualOff = text.Contains("Enable-", StringComparison.Ordinal);
        }
        else if (text.StartsWith("Kernel driver in use: ", StringComparison.Ordinal))
        {
            Driver = text["Kernel driver in use: ".Length..];
        }
        else if (text.StartsWith("IOMMU group: ", StringComparison.Ordinal)
            && int.TryParse(text.AsSpan("IOMMU group: ".Length), NumberStyles.None, CultureInfo.InvariantCulture, out var group))
        {
            Group = group;
        }
    }

    public PciFunction? Describe(PciAddress address, bool hasSiblings) => _class is null || _vendor is 0 or 0xffff
        ? null
        : new PciFunction(address, _vendor, _device)
        {
            ClassCode = _class.Value,
            HeaderType = _isBridge ? 1 : 0,
            IsMultifunction = hasSiblings || address.Rid.Function > 0,
            PortType = _type,
            SecondaryBus = _secondary is > 0 ? _secondary : null,
            // what -v only names has a control register that nobody read
            HasExtendedSpace = _hasExtended && (_acsCapability is not null || !_namesAcs),
            IsTypeUnknown = _type is null && (_isDenied || !_saysCapabilities) && _class.Value >> 8 != HostBridgeClass,
            Acs = _acsCapability is { } capability ? new AcsCapability(_acsOffset, capability, _acsControl) : null,
            Sriov = _virtualPlace is { } place
                ? new SriovCapability(_virtualOff ? 0 : _virtualCount, place.Offset, place.Stride, place.DeviceId)
                : null,
        };

    private static int Number(Match match, int group) =>
        int.TryParse(match.Groups[group].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= ushort.MaxValue
            ? number
            : 0;

    private void Capability(string text)
    {
        var end = text.IndexOf(']', StringComparison.Ordinal);
        var place = end > 0 ? text["Capabilities: [".Length..end].Split(' ')[0] : "";
        if (!int.TryParse(place, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out _capabilityOffset))
        {
            return;
        }

        _hasExtended |= _capabilityOffset >= ConfigSpace.ExtendedStart;
        if (ExpressPattern().Match(text) is not { Success: true } express)
        {
            return;
        }

        // pciutils, ls-caps.c: cap_express
        _type = express.Groups[1].Value switch
        {
            var name when name.StartsWith("Endpoint", StringComparison.Ordinal) => PciPortType.Endpoint,
            var name when name.StartsWith("Legacy Endpoint", StringComparison.Ordinal) => PciPortType.LegacyEndpoint,
            var name when name.StartsWith("Root Port", StringComparison.Ordinal) => PciPortType.RootPort,
            var name when name.StartsWith("Upstream Port", StringComparison.Ordinal) => PciPortType.UpstreamPort,
            var name when name.StartsWith("Downstream Port", StringComparison.Ordinal) => PciPortType.DownstreamPort,
            var name when name.StartsWith("PCI-Express to PCI", StringComparison.Ordinal) => PciPortType.PcieToPciBridge,
            var name when name.StartsWith("PCI/PCI-X to PCI-Express", StringComparison.Ordinal) => PciPortType.PciToPcieBridge,
            var name when name.StartsWith("Root Complex Integrated Endpoint", StringComparison.Ordinal) => PciPortType.RootComplexEndpoint,
            var name when name.StartsWith("Root Complex Event Collector", StringComparison.Ordinal) =>
                PciPortType.RootComplexEventCollector,
            _ => null,
        };
    }

    /// <summary>"SrcValid+ TransBlk- ReqRedir+ CmpltRedir+ UpstreamFwd+ EgressCtrl- DirectTrans-".</summary>
    private static AcsServices Flags(string text)
    {
        string[] names = ["SrcValid", "TransBlk", "ReqRedir", "CmpltRedir", "UpstreamFwd", "EgressCtrl", "DirectTrans"];
        var flags = AcsServices.None;
        for (var i = 0; i < names.Length; i++)
        {
            if (text.Contains(names[i] + "+", StringComparison.Ordinal))
            {
                flags |= (AcsServices)(1 << i);
            }
        }

        return flags;
    }

    private static uint Hex(string text) => uint.Parse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\[([0-9a-f]{4})\]:")]
    private static partial Regex ClassPattern();

    [GeneratedRegex(@"\[([0-9a-f]{4}):([0-9a-f]{4})\]")]
    private static partial Regex IdPattern();

    [GeneratedRegex("Number of VFs: ([0-9]+)")]
    private static partial Regex VirtualCountPattern();

    [GeneratedRegex("^VF offset: ([0-9]+), stride: ([0-9]+), Device ID: ([0-9a-f]{1,4})")]
    private static partial Regex VirtualOffsetPattern();

    [GeneratedRegex("secondary=([0-9a-f]{2}),")]
    private static partial Regex SecondaryPattern();

    [GeneratedRegex(@"Express (?:\(v\d+\) )?(.*)")]
    private static partial Regex ExpressPattern();
}
