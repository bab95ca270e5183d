using System.Buffers.Binary;

namespace KernelBuild.Iommu.Topology;

/// <summary>
/// The configuration space that says what a function says: for topologies that are known in other forms, such as lspci's
/// text, so that everything is kept in one.
/// </summary>
public static class ConfigSpaceWriter
{
    private const int ExpressOffset = 0x40;
    private const int DefaultAcsOffset = 0x100;

    /// <summary>4096 bytes, or 256 for a function whose extended space is unknown.</summary>
    public static byte[] Write(PciFunction function)
    {
        var bytes = new byte[function.HasExtendedSpace || function.Acs is not null ? 4096 : 256];
        Word(ConfigSpace.Vendor, function.VendorId);
        Word(ConfigSpace.Device, function.DeviceId);
        bytes[ConfigSpace.ClassCode] = (byte)function.ClassCode;
        bytes[ConfigSpace.ClassCode + 1] = (byte)(function.ClassCode >> 8);
        bytes[ConfigSpace.ClassCode + 2] = (byte)(function.ClassCode >> 16);
        bytes[ConfigSpace.HeaderType] = (byte)(function.HeaderType | (function.IsMultifunction ? 0x80 : 0));
        bytes[ConfigSpace.SecondaryBus] = function.SecondaryBus ?? 0;
        if (function.PortType is { } type)
        {
            Word(ConfigSpace.Status, 0x10);
            bytes[ConfigSpace.CapabilitiesPointer] = ExpressOffset;
            bytes[ExpressOffset] = ConfigSpace.ExpressCapability;
            Word(ExpressOffset + 2, (ushort)(((int)type << 4) | 2));
        }

        if (function.Acs is { } acs)
        {
            var at = acs.Offset is >= ConfigSpace.ExtendedStart and <= 4088 ? acs.Offset & ~3 : DefaultAcsOffset;
            if (at != DefaultAcsOffset)
            {
                // an empty capability that leads to it: the list begins at 0x100
                BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(DefaultAcsOffset), ((uint)at << 20) | 0x1_ffff);
            }

            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(at), 0x1_0000 | ConfigSpace.AcsExtendedCapability);
            Word(at + 4, (ushort)acs.Capability);
            Word(at + 6, (ushort)acs.Control);
        }

        return bytes;

        void Word(int offset, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(offset), value);
    }
}
