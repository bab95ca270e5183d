using System.Buffers.Binary;

namespace KernelBuild.DeviceTrees.Blob;

/// <summary>The fields of a flattened tree's header as stored, none of them checked; the magic is not among them.</summary>
/// <param name="TotalSize">Bytes of header and blocks.</param>
/// <param name="StructureOffset">Bytes from the start of the header, as are the other offsets.</param>
/// <param name="StringsOffset">Of the strings block.</param>
/// <param name="ReservationsOffset">Of the memory reservation block.</param>
/// <param name="Version">Of the format.</param>
/// <param name="LastCompatibleVersion">The lowest version whose readers can read it.</param>
/// <param name="BootCpu">The physical ID of the boot CPU.</param>
/// <param name="StringsSize">Bytes.</param>
/// <param name="StructureSize">Bytes; 0 below version 17, which has no such field.</param>
internal readonly record struct FlattenedHeader(
    uint TotalSize,
    uint StructureOffset,
    uint StringsOffset,
    uint ReservationsOffset,
    uint Version,
    uint LastCompatibleVersion,
    uint BootCpu,
    uint StringsSize,
    uint StructureSize)
{
    /// <summary>Bytes of the header itself.</summary>
    public int Length => FlattenedFields.HeaderLength(Version);

    /// <param name="bytes">At least <see cref="FlattenedFields.V16HeaderLength"/>, from the magic on.</param>
    public static FlattenedHeader Read(ReadOnlySpan<byte> bytes)
    {
        var version = U32(bytes, FlattenedFields.Version);
        return new FlattenedHeader(
            U32(bytes, FlattenedFields.TotalSize),
            U32(bytes, FlattenedFields.StructureOffset),
            U32(bytes, FlattenedFields.StringsOffset),
            U32(bytes, FlattenedFields.ReservationsOffset),
            version,
            U32(bytes, FlattenedFields.LastCompatibleVersion),
            U32(bytes, FlattenedFields.BootCpu),
            U32(bytes, FlattenedFields.StringsSize),
            version >= 17 && bytes.Length >= FlattenedFields.V17HeaderLength ? U32(bytes, FlattenedFields.StructureSize) : 0);
    }

    /// <summary>Writes magic and fields.</summary>
    /// <param name="bytes">At least <see cref="Length"/>.</param>
    public void Write(Span<byte> bytes)
    {
        DeviceTreeBlob.Magic.CopyTo(bytes);
        Put(bytes, FlattenedFields.TotalSize, TotalSize);
        Put(bytes, FlattenedFields.StructureOffset, StructureOffset);
        Put(bytes, FlattenedFields.StringsOffset, StringsOffset);
        Put(bytes, FlattenedFields.ReservationsOffset, ReservationsOffset);
        Put(bytes, FlattenedFields.Version, Version);
        Put(bytes, FlattenedFields.LastCompatibleVersion, LastCompatibleVersion);
        Put(bytes, FlattenedFields.BootCpu, BootCpu);
        Put(bytes, FlattenedFields.StringsSize, StringsSize);
        if (Length > FlattenedFields.StructureSize)
        {
            Put(bytes, FlattenedFields.StructureSize, StructureSize);
        }
    }

    private static uint U32(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt32BigEndian(bytes[offset..]);

    private static void Put(Span<byte> bytes, int offset, uint value) => BinaryPrimitives.WriteUInt32BigEndian(bytes[offset..], value);
}
