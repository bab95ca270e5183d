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
    private const int SriovOffset = 0x800;
    private const int SriovLength = 0x40;

    /// <summary>4096 bytes, 256 for a function whose extended space is unknown, 64 for one whose type is.</summary>
    public static byte[] Write(PciFunction function)
    {
        var bytes = new byte[function.HasExtendedSpace || function.Acs is not null || function.Sriov is not null ? 4096
            : function.IsTypeUnknown ? ConfigSpace.HeaderLength : 256];
        Word(ConfigSpace.Vendor, function.VendorId);
        Word(ConfigSpace.Device, function.DeviceId);
        bytes[ConfigSpace.ClassCode] = (byte)function.ClassCode;
        bytes[ConfigSpace.ClassCode + 1] = (byte)(function.ClassCode >> 8);
        bytes[ConfigSpace.ClassCode + 2] = (byte)(function.ClassCode >> 16);
        bytes[ConfigSpace.HeaderType] = (byte)(function.HeaderType | (function.MultifunctionBit ?? function.IsMultifunction ? 0x80 : 0));
        bytes[ConfigSpace.SecondaryBus] = function.SecondaryBus ?? 0;
        if (function.IsTypeUnknown)
        {
            Word(ConfigSpace.Status, 0x10);
        }

        if (function.PortType is { } type)
        {
            Word(ConfigSpace.Status, 0x10);
            bytes[ConfigSpace.CapabilitiesPointer] = ExpressOffset;
            bytes[ExpressOffset] = ConfigSpace.ExpressCapability;
            Word(ExpressOffset + 2, (ushort)(((int)type << 4) | 2));
        }

        var at = function.Acs?.Offset is >= ConfigSpace.ExtendedStart and <= 4088 and var offset ? offset & ~3 : DefaultAcsOffset;
        var sriovAt = at < SriovOffset - SriovLength || at >= SriovOffset + SriovLength ? SriovOffset : SriovOffset + SriovLength;
        (int At, int Id)[] capabilities =
        [
            .. function.Acs is null ? [] : new[] { (at, ConfigSpace.AcsExtendedCapability) },
            .. function.Sriov is null ? [] : new[] { (sriovAt, ConfigSpace.SriovExtendedCapability) },
        ];
        WriteList(bytes, capabilities);
        if (function.Acs is { } acs)
        {
            Word(at + 4, (ushort)acs.Capability);
            Word(at + 6, (ushort)acs.Control);
        }

        if (function.Sriov is { } sriov)
        {
            Word(sriovAt + 8, (ushort)(sriov.Count > 0 ? ConfigSpace.VirtualFunctionsEnabled : 0));
            Word(sriovAt + 0x10, (ushort)sriov.Count);
            Word(sriovAt + 0x14, (ushort)sriov.Offset);
            Word(sriovAt + 0x16, (ushort)sriov.Stride);
            Word(sriovAt + 0x1a, sriov.DeviceId);
        }

        return bytes;

        void Word(int offset, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(offset), value);
    }

    /// <summary>Headers of extended capabilities, each with the offset of the next; the list begins at 0x100, with an empty one if need be.</summary>
    private static void WriteList(byte[] bytes, (int At, int Id)[] capabilities)
    {
        var ordered = capabilities.OrderBy(capability => capability.At).ToArray();
        if (ordered.Length > 0 && ordered[0].At != ConfigSpace.ExtendedStart)
        {
            ordered = [(ConfigSpace.ExtendedStart, 0xffff), .. ordered];
        }

        for (var i = 0; i < ordered.Length; i++)
        {
            var next = i + 1 < ordered.Length ? ordered[i + 1].At : 0;
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(ordered[i].At), ((uint)next << 20) | 0x1_0000 | (uint)ordered[i].Id);
        }
    }
}
