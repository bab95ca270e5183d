using System.Collections.Immutable;
using KernelBuild.Compression.Memory;

namespace KernelBuild.BootImages.Dtbo;

/// <summary>
/// One entry of the table of a dtbo image, every field as stored; what follows the 32 bytes of today in a longer entry is not looked at.
/// </summary>
/// <param name="Size">Bytes of the overlay.</param>
/// <param name="Offset">Bytes from the start of the image.</param>
/// <param name="Id">Which board; the bootloader decides what it means.</param>
/// <param name="Revision">Which revision of it.</param>
/// <param name="Custom">Four words; the first is <c>flags</c> in version 1: its low four bits are 0 none, 1 zlib, 2 gzip.</param>
public sealed record DtboTableEntry(uint Size, uint Offset, uint Id, uint Revision, ImmutableArray<uint> Custom)
{
    /// <param name="bytes">At least 32.</param>
    public static DtboTableEntry Read(ReadOnlySpan<byte> bytes)
    {
        var custom = new uint[DtboFields.CustomWords];
        for (var i = 0; i < custom.Length; i++)
        {
            custom[i] = BigEndian.U32(bytes, DtboFields.Custom + (i * sizeof(uint)));
        }

        return new DtboTableEntry(
            BigEndian.U32(bytes, DtboFields.TreeSize),
            BigEndian.U32(bytes, DtboFields.TreeOffset),
            BigEndian.U32(bytes, DtboFields.Id),
            BigEndian.U32(bytes, DtboFields.Revision),
            [.. custom]);
    }

    /// <param name="bytes">Gets the 32 bytes.</param>
    public void Write(Span<byte> bytes)
    {
        BigEndian.PutU32(bytes, DtboFields.TreeSize, Size);
        BigEndian.PutU32(bytes, DtboFields.TreeOffset, Offset);
        BigEndian.PutU32(bytes, DtboFields.Id, Id);
        BigEndian.PutU32(bytes, DtboFields.Revision, Revision);
        for (var i = 0; i < Custom.Length; i++)
        {
            BigEndian.PutU32(bytes, DtboFields.Custom + (i * sizeof(uint)), Custom[i]);
        }
    }
}
