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

    public bool HasExtended => _bytes.Length > ExtendedStart;

    /// <summary>Offset of a capability; 0 when there is none.</summary>
    public int FindCapability(int id)
    {
        if ((Word(Status) & StatusHasCapabilities) == 0)
        {
            return 0;
        }

        // 48 capabilities fill the space: more is a loop
        var at = Byte(CapabilitiesPointer) & ~3;
        for (var left = 48; at >= HeaderLength && left > 0; left--)
        {
            if (Byte(at) == id)
            {
                return at;
            }

            at = Byte(at + 1) & ~3;
        }

        return 0;
    }

    /// <summary>Offset of an extended capability; 0 when there is none.</summary>
    public int FindExtendedCapability(int id)
    {
        var at = ExtendedStart;
        for (var left = (4096 - ExtendedStart) / 8; at >= ExtendedStart && left > 0; left--)
        {
            var header = Double(at);
            if (header is 0 or uint.MaxValue)
            {
                return 0;
            }

            if ((header & 0xffff) == id)
            {
                return at;
            }

            at = (int)(header >> 20) & ~3;
        }

        return 0;
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

        var headerType = Byte(HeaderType) & 0x7f;
        var express = FindCapability(ExpressCapability);
        var acs = FindExtendedCapability(AcsExtendedCapability);
        var sriov = FindExtendedCapability(SriovExtendedCapability);
        return new PciFunction(address, Word(Vendor), Word(Device))
        {
            ClassCode = Double(0x08) >> 8,
            HeaderType = headerType,
            IsMultifunction = (Byte(HeaderType) & 0x80) != 0 || address.Rid.Function > 0,
            MultifunctionBit = (Byte(HeaderType) & 0x80) != 0,
            PortType = express > 0 ? (PciPortType)((Word(express + 2) >> 4) & 0xf) : null,
            IsTypeUnknown = _bytes.Length <= HeaderLength && (Word(Status) & StatusHasCapabilities) != 0,
            SecondaryBus = headerType == 1 && Byte(SecondaryBus) > 0 ? Byte(SecondaryBus) : null,
            HasExtendedSpace = HasExtended,
            Acs = acs > 0 ? new AcsCapability(acs, (AcsServices)(Word(acs + 4) & 0x7f), (AcsServices)(Word(acs + 6) & 0x7f)) : null,
            Sriov = sriov > 0
                ? new SriovCapability(
                    (Word(sriov + 8) & VirtualFunctionsEnabled) != 0 ? Word(sriov + 0x10) : 0, Word(sriov + 0x14), Word(sriov + 0x16),
                    Word(sriov + 0x1a))
                : null,
        };
    }
}
