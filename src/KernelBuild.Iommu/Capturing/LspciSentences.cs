using System.Globalization;
using System.Text.RegularExpressions;
using KernelBuild.Iommu.Topology;

namespace KernelBuild.Iommu.Capturing;

/// <summary>What the lines of lspci -nnvvv say about one function.</summary>
internal sealed partial class LspciSentences
{
    private uint? _class;
    private ushort _vendor = PciFunction.UnknownId;
    private ushort _device = PciFunction.UnknownId;
    private PciPortType? _type;
    private byte? _secondary;
    private bool _isBridge;
    private int _capabilityOffset;
    private int _acsOffset;
    private AcsServices? _acsCapability;
    private AcsServices? _acsControl;
    private bool _hasUnreadType;
    private bool _isExpress;
    private const uint HostBridgeClass = 0x0600;
    private const uint CardBusClass = 0x0607;

    private bool _hasExtended;
    private bool _saysCapabilities;
    private bool _isDenied;
    private bool _namesAcs;
    private int _virtualCount;
    private bool _virtualOff;
    private (int Offset, int Stride, ushort DeviceId)? _virtualPlace;

    public string? Driver { get; private set; }

    public int? Group { get; set; }

    /// <summary>
    /// "PCI bridge [0604]: Red Hat, Inc. QEMU PCIe Root port [1b36:000c] (prog-if 00 [Normal decode])"; with -n "0604: 1b36:000c"; without
    /// -nn the names alone; with -mm each in quotes; of old versions "Class 0604: Device 1b36:000c".
    /// </summary>
    public void Title(string text)
    {
        if (text.StartsWith('"'))
        {
            var quoted = QuotedPattern().Matches(text);
            for (var i = 0; i < Math.Min(quoted.Count, 3); i++)
            {
                Field(i == 0 ? "Class" : i == 1 ? "Vendor" : "Device", quoted[i].Groups[1].Value);
            }

            return;
        }

        if (ClassPattern().Match(text) is { Success: true } found && IdPattern().Match(text) is { Success: true } id)
        {
            SetTitle(Hex(found.Groups[1].Value), id);
        }
        else if (NumericPattern().Match(text) is { Success: true } numeric && IdWordPattern().Match(text,
            numeric.Length) is { Success: true } ids)
        {
            SetTitle(Hex(numeric.Groups[1].Value), ids);
        }
        else if (text.IndexOf(": ", StringComparison.Ordinal) is > 0 and var colon && char.IsAsciiLetterUpper(text[0]))
        {
            _class ??= (PciClassNames.Find(text[..colon]) ?? 0) << 8;
            if (IdPattern().Match(text) is { Success: true } known)
            {
                SetTitle(_class.Value >> 8, known);
            }
            else
            {
                _vendor = PciVendorNames.Find(text.AsSpan(colon + 2)) ?? _vendor;
            }
        }
    }

    private void SetTitle(uint classCode, Match id)
    {
        _class = classCode << 8;
        _vendor = (ushort)Hex(id.Groups[1].Value);
        _device = (ushort)Hex(id.Groups[2].Value);
    }

    /// <summary>A line of lspci -vmm: "PCI bridge [0604]", "Red Hat, Inc. [1b36]", or with -n the number alone.</summary>
    private void Field(string name, string value)
    {
        var number = FieldIdPattern().Match(value) is { Success: true } found ? (uint?)Hex(found.Groups[1].Value
            + found.Groups[2].Value) : null;
        switch (name)
        {
            case "Class":
                _class = (number ?? PciClassNames.Find(value) ?? 0) << 8;
                break;
            case "Vendor":
                _vendor = (ushort?)number ?? PciVendorNames.Find(value) ?? _vendor;
                break;
            case "Device":
                _device = (ushort)(number ?? _device);
                break;
            case "Driver":
                Driver = value;
                break;
            case "IOMMUGroup" when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var group):
                Group = group;
                break;
            default:
                break;
        }
    }

    public void Line(string text)
    {
        if (FlagsGroupPattern().Match(text) is { Success: true } inFlags)
        {
            Group = Number(inFlags, 1);
        }

        if (CapabilityPattern().Match(text) is { Success: true } capability)
        {
            _saysCapabilities = true;
            _namesAcs |= text.Contains("Access Control Services", StringComparison.Ordinal);
            Capability(text, capability.Groups[1].Value);
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
        else if (ExpressLinePattern().IsMatch(text))
        {
            _isExpress = true;
        }
        else if (text.StartsWith("ACSCap:", StringComparison.Ordinal))
        {
            _acsCapability = Flags(text);
            _namesAcs = true;
            _acsOffset = _capabilityOffset;
        }
        else if (text.StartsWith("ACSCtl:", StringComparison.Ordinal))
        {
            _acsControl = Flags(text);
        }
        else if (text.Contains("primary=", StringComparison.Ordinal) && SecondaryPattern().Match(text) is { Success: true } bus)
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
            Driver = text["Kernel driver in use: ".Length..].Split(' ')[0];
        }
        else if (text.StartsWith("IOMMU group: ", StringComparison.Ordinal)
            && int.TryParse(text.AsSpan("IOMMU group: ".Length), NumberStyles.None, CultureInfo.InvariantCulture, out var group))
        {
            Group = group;
        }
        else if (text.StartsWith("!!!", StringComparison.Ordinal))
        {
            // "!!! Unknown header type 7f": the function does not answer
            _isDenied = true;
        }
        else if (text.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon)
        {
            Field(text[..colon], text[(colon + 1)..].Trim());
        }
    }

    /// <summary>Whether extended capabilities are listed.</summary>
    public bool HasExtended => _hasExtended;

    /// <summary>Whether there is nothing of what lspci -v says.</summary>
    public bool IsBare => _type is null && !_saysCapabilities && !_isDenied;

    /// <param name="showsExtended">
    /// Whether the text has extended capabilities of any function: lspci has no option that leaves those of others out.
    /// </param>
    public PciFunction? Describe(PciAddress address, bool hasSiblings, bool showsExtended) => _class is null
        || _vendor is 0 or 0xffff
        ? null
        : new PciFunction(address, _vendor, _device)
        {
            ClassCode = _class.Value,
            HeaderType = !_isBridge ? 0 : _class >> 8 == CardBusClass ? 2 : 1,
            IsMultifunction = hasSiblings || address.Rid.Function > 0,
            PortType = _type,
            SecondaryBus = _secondary is > 0 ? _secondary : null,
            // what -v only names has a control register that nobody read, and lspci reads Intel's wide ones where they are not
            HasExtendedSpace = !IsTypeUnknown && !HasWideRegisters
                && (_hasExtended || (showsExtended && _saysCapabilities && !_isDenied)) && (HasAcs || !_namesAcs),
            IsTypeUnknown = IsTypeUnknown,
            Acs = HasAcs && !IsTypeUnknown && !HasWideRegisters ? new AcsCapability(_acsOffset, _acsCapability!.Value, _acsControl!.Value) : null,
            Sriov = _virtualPlace is { } place && !IsTypeUnknown
                ? new SriovCapability(_virtualOff ? 0 : _virtualCount, place.Offset, place.Stride, place.DeviceId)
                : null,
        };

    /// <summary>
    /// The text has no capabilities, or it has what only PCI Express has, and the line that says the type was lost or filtered out.
    /// </summary>
    private bool IsTypeUnknown => _type is null && _class >> 8 != HostBridgeClass
        && (_isDenied || !_saysCapabilities || _hasUnreadType || _isExpress || _hasExtended);

    private bool HasAcs => _acsCapability is not null && _acsControl is not null;

    private bool HasWideRegisters => IntelPorts.HasWideRegisters(_vendor, _device, _type);

    private static int Number(Match match, int group) =>
        int.TryParse(match.Groups[group].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number <= ushort.MaxValue
            ? number
            : 0;

    private void Capability(string text, string place)
    {
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
        _hasUnreadType |= _type is null;
    }

    /// <summary>
    /// "SrcValid+ TransBlk- ReqRedir+ CmpltRedir+ UpstreamFwd+ EgressCtrl- DirectTrans-"; null when one that isolation depends on has neither
    /// sign, as in a text that lost its plus signs or its end.
    /// </summary>
    private static AcsServices? Flags(string text)
    {
        string[] names = ["SrcValid", "TransBlk", "ReqRedir", "CmpltRedir", "UpstreamFwd", "EgressCtrl", "DirectTrans"];
        var flags = AcsServices.None;
        for (var i = 0; i < names.Length; i++)
        {
            var flag = (AcsServices)(1 << i);
            if (text.Contains(names[i] + "+", StringComparison.Ordinal))
            {
                flags |= flag;
            }
            else if ((AcsServices.Isolation & flag) != 0 && !text.Contains(names[i] + "-", StringComparison.Ordinal))
            {
                return null;
            }
        }

        return flags;
    }

    private static uint Hex(string text) => uint.Parse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^(?:Class )?\[?([0-9a-fA-F]{4})\]?:(?= )")]
    private static partial Regex NumericPattern();

    [GeneratedRegex(@"(?<![0-9a-fA-F:])([0-9a-fA-F]{4}):([0-9a-fA-F]{4})(?![0-9a-fA-F:])")]
    private static partial Regex IdWordPattern();

    [GeneratedRegex("\"([^\"]*)\"")]
    private static partial Regex QuotedPattern();

    [GeneratedRegex(@"\[([0-9a-fA-F]{4})\]$|^([0-9a-fA-F]{4})$")]
    private static partial Regex FieldIdPattern();

    [GeneratedRegex("^Flags: .*IOMMU group ([0-9]+)")]
    private static partial Regex FlagsGroupPattern();

    [GeneratedRegex(@"\[([0-9a-fA-F]{4})\]:")]
    private static partial Regex ClassPattern();

    [GeneratedRegex(@"\[([0-9a-fA-F]{4}):([0-9a-fA-F]{4})\]")]
    private static partial Regex IdPattern();

    [GeneratedRegex("Number of VFs: ([0-9]+)")]
    private static partial Regex VirtualCountPattern();

    [GeneratedRegex("^VF offset: ([0-9]+), stride: ([0-9]+), Device ID: ([0-9a-f]{1,4})")]
    private static partial Regex VirtualOffsetPattern();

    [GeneratedRegex("secondary=([0-9a-f]{2}),")]
    private static partial Regex SecondaryPattern();

    /// <summary>"Capabilities: [148 v1] Access Control Services"; a browser may have translated the first word.</summary>
    [GeneratedRegex(@"^[^\s:\[]{4,30}\s?: \[([0-9a-f]{2,3})(?: v\d+)?\]")]
    private static partial Regex CapabilityPattern();

    /// <summary>Lines of the capability of PCI Express.</summary>
    [GeneratedRegex("^(?:Dev|Lnk|Slt|Root)(?:Cap|Ctl|Sta)2?:")]
    private static partial Regex ExpressLinePattern();

    [GeneratedRegex(@"Express (?:\(v\d+\) )?(.*)")]
    private static partial Regex ExpressPattern();
}
