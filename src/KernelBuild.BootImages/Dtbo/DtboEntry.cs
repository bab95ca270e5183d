using System.Collections.Immutable;

namespace KernelBuild.BootImages.Dtbo;

/// <summary>One overlay of a dtbo image.</summary>
/// <param name="Entry">What the table says of it.</param>
/// <param name="Content">The overlay as stored, compressed or not; entries may share one.</param>
public sealed record DtboEntry(DtboTableEntry Entry, ReadOnlyMemory<byte> Content)
{
    /// <summary>Bytes from the start of the image.</summary>
    public uint Offset => Entry.Offset;

    public uint Size => Entry.Size;

    public uint Id => Entry.Id;

    public uint Revision => Entry.Revision;

    /// <summary>Four words; the first is <c>flags</c> in version 1: its low four bits are 0 none, 1 zlib, 2 gzip.</summary>
    public ImmutableArray<uint> Custom => Entry.Custom;
}
