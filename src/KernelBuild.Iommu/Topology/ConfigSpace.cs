using System.Buffers.Binary;

namespace KernelBuild.Iommu.Topology;

/// <summary>
/// The configuration space of a function: 64, 256 or 4096 bytes, little endian; without the rights to read all of it, less.
/// Source: PCI Local Bus Specification 3.0, 6.1 and 6.7; PCI Express Base Specification, 7.5 and 7.6.
/// </summary>
internal readonly ref struct ConfigSpace(ReadOnlySpan<byte> bytes)
{
    public const int HeaderLength = 64;
    public const int Vendor = 0x00;
    public const int Device = 0x02;
    public const int Status = 0x06;
    public const int ClassCode = 0x09;
    public const int HeaderType = 0x0e;
    public const int SecondaryBus = 0x19;
    public const int CapabilitiesPointer = 0x34;
    public const int ExtendedStart = 0x100;

    public const int ExpressCapability = 0x10;
    public const int AcsExtendedCapability = 0x0d;
    public const int SriovExtendedCapability = 0x10;

    /// <summary>VF Enable of SR-IOV Control.</summary>
    public const int VirtualFunctionsEnabled = 1;

    private const int StatusHasCapabilities = 0x10;

    private readonly ReadOnlySpan<byte> _bytes = bytes;

    public byte Byte(int offset) => offset < _bytes.Length ? _bytes[offset] : (byte)0;

    public ushort Word(int offset) => offset + 2 <= _bytes.Length ? BinaryPrimitives.ReadUInt16LittleEndian(_bytes[offset..]) : (ushort)0;

    public uint Double(int offset) => offset + 4 <= _bytes.Length ? BinaryPrimitives.ReadUInt32LittleEndian(_bytes[offset..]) : 0;

    /// <summary>The header's type without its multi-function bit: 0, 1 for a bridge, 2 for a CardBus bridge.</summary>
    public int Header => Byte(HeaderType) & 0x7f;

    public bool HasCapabilities => (Word(Status) & StatusHasCapabilities) != 0;

    public bool HasExtended => _bytes.Length > ExtendedStart;

    /// <summary>Offset of a capability; 0 when there is none.</summary>
    public int FindCapability(int id)
    {
        foreach (var at in Capabilities())
        {
            if (Byte(at) == id)
            {
                return at;
            }
        }

        return 0;
    }

    /// <summary>Offset of an extended capability; 0 when there is none.</summary>
    public int FindExtendedCapability(int id)
    {
        foreach (var at in ExtendedCapabilities())
        {
            if ((Double(at) & 0xffff) == id)
            {
                return at;
            }
        }

        return 0;
    }

    /// <summary>The places in the first 256 bytes that are read to find what a function is: offset and length.</summary>
    public List<(int At, int Length)> ReadOfCapabilities() =>
        [.. Capabilities().Select(at => (at, 2)), .. FindCapability(ExpressCapability) is > 0 and var at ? [(at, 4)] : Array.Empty<(int, int)>()];

    /// <summary>The places beyond the first 256 bytes that are read: offset and length.</summary>
    public List<(int At, int Length)> ReadOfExtended()
    {
        List<(int, int)> read = HasExtended ? [(ExtendedStart, 4)] : [];
        read.AddRange(ExtendedCapabilities().Select(at => (at, 4)));
        if (ExtendedCapabilities() is [.., var last] && (int)(Double(last) >> 20) is >= ExtendedStart and var next)
        {
            // the list ends with a header of zeros, or where it was not captured
            read.Add((next & ~3, 4));
        }

        read.AddRange(FindExtendedCapability(AcsExtendedCapability) is > 0 and var acs ? [(acs, IntelPorts.HasWideRegisters(Word(Vendor), Word(Device), PciPortType.RootPort) ? 10 : 8)] : []);
        read.AddRange(FindExtendedCapability(SriovExtendedCapability) is > 0 and var sriov ? [(sriov, 0x1c)] : []);
        return read;
    }

    private List<int> Capabilities()
    {
        List<int> found = [];
        if (!HasCapabilities)
        {
            return found;
        }

        // 48 capabilities fill the space: more is a loop
        var at = Byte(CapabilitiesPointer) & ~3;
        for (var left = 48; at >= HeaderLength && left > 0; left--)
        {
            found.Add(at);
            at = Byte(at + 1) & ~3;
        }

        return found;
    }

    private List<int> ExtendedCapabilities()
    {
        List<int> found = [];
        var at = ExtendedStart;
        for (var left = (4096 - ExtendedStart) / 8; at >= ExtendedStart && left > 0; left--)
        {
            var header = Double(at);
            if (header is 0 or uint.MaxValue)
            {
                break;
            }

            found.Add(at);
            at = (int)(header >> 20) & ~3;
        }

        return found;
    }

    /// <summary>The function that this is the configuration space of; null when nothing answers there.</summary>
    public PciFunction? Describe(PciAddress address) =>
        _bytes.Length < HeaderLength || Word(Vendor) is 0xffff or 0 ? null : Read(address);

    /// <summary>The virtual function that this is the configuration space of: its IDs are not in it. Null when it is too short.</summary>
    public PciFunction? DescribeVirtual(PciAddress address, PciFunction physical) =>
        _bytes.Length < HeaderLength || Word(Vendor) is not (0xffff or 0) && Word(Vendor) != physical.VendorId
            ? null
            : Read(address) with { VendorId = physical.VendorId, DeviceId = physical.Sriov?.DeviceId ?? physical.DeviceId };

    private PciFunction Read(PciAddress address)
    {
        var express = FindCapability(ExpressCapability);
        var acs = FindExtendedCapability(AcsExtendedCapability);
        var sriov = FindExtendedCapability(SriovExtendedCapability);
        PciPortType? type = express > 0 ? (PciPortType)((Word(express + 2) >> 4) & 0xf) : null;
        var control = IntelPorts.HasWideRegisters(Word(Vendor), Word(Device), type) ? 8 : 6;
        return new PciFunction(address, Word(Vendor), Word(Device))
        {
            ClassCode = Double(0x08) >> 8,
            HeaderType = Header,
            IsMultifunction = (Byte(HeaderType) & 0x80) != 0 || address.Rid.Function > 0,
            MultifunctionBit = (Byte(HeaderType) & 0x80) != 0,
            PortType = type,
            IsTypeUnknown = _bytes.Length <= HeaderLength && HasCapabilities,
            // CardBus bridges have it at the same place (PCI_CB_CARD_BUS)
            SecondaryBus = Header is 1 or 2 && Byte(SecondaryBus) > 0 ? Byte(SecondaryBus) : null,
            HasExtendedSpace = HasExtended,
            Acs = acs > 0 ? new AcsCapability(acs, (AcsServices)(Word(acs + 4) & 0x7f), (AcsServices)(Word(acs + control) & 0x7f)) : null,
            Sriov = sriov > 0
                ? new SriovCapability(
                    (Word(sriov + 8) & VirtualFunctionsEnabled) != 0 ? Word(sriov + 0x10) : 0, Word(sriov + 0x14), Word(sriov + 0x16),
                    Word(sriov + 0x1a))
                : null,
        };
    }
}
