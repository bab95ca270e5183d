using System.Buffers.Binary;
using System.Collections.Immutable;

namespace KernelBuild.BootImages.Dtbo;

/// <summary>One overlay of a dtbo image.</summary>
/// <param name="Raw">The entry's 32 bytes, or more, as stored.</param>
/// <param name="Content">The overlay as stored, compressed or not; entries may share one.</param>
public sealed record DtboEntry(ReadOnlyMemory<byte> Raw, ReadOnlyMemory<byte> Content)
{
    /// <summary>Bytes from the start of the image.</summary>
    public uint Offset => U32(DtboFields.TreeOffset);

    public uint Size => U32(DtboFields.TreeSize);

    public uint Id => U32(DtboFields.Id);

    public uint Revision => U32(DtboFields.Revision);

    /// <summary>Four words; the first is <c>flags</c> in version 1: its low four bits are 0 none, 1 zlib, 2 gzip.</summary>
    public ImmutableArray<uint> Custom => [.. Enumerable.Range(0, DtboFields.CustomWords).Select(i => U32(DtboFields.Custom + (i * sizeof(uint))))];

    private uint U32(int offset) => BinaryPrimitives.ReadUInt32BigEndian(Raw.Span[offset..]);
}
