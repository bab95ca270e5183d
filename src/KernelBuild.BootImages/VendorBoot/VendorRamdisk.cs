using System.Buffers.Binary;
using System.Collections.Immutable;
using KernelBuild.BootImages.Layout;

namespace KernelBuild.BootImages.VendorBoot;

/// <summary>One entry of the ramdisk table of a version 4 image.</summary>
/// <param name="Entry">The entry's 108 bytes, or more, as stored.</param>
/// <param name="Content">The fragment; empty when the entry points beyond its section, which a finding says.</param>
public sealed record VendorRamdisk(ReadOnlyMemory<byte> Entry, ReadOnlyMemory<byte> Content)
{
    public uint Size => U32(VendorBootFields.EntryRamdiskSize);

    /// <summary>Bytes from the start of the ramdisk section.</summary>
    public uint Offset => U32(VendorBootFields.EntryRamdiskOffset);

    /// <summary>0 none, 1 platform, 2 recovery, 3 dlkm.</summary>
    public uint Type => U32(VendorBootFields.EntryType);

    /// <summary>Up to 32 bytes, not always ended by a NUL; nothing is known about them.</summary>
    public string Name => CommandLineText.Decode(CommandLineText.UntilNul(Entry.Span.Slice(VendorBootFields.EntryName, VendorBootFields.EntryNameLength)));

    /// <summary>Which boards the fragment is for; all zero for all.</summary>
    public ImmutableArray<uint> BoardId => [.. Enumerable.Range(0, VendorBootFields.EntryBoardIdWords).Select(i => U32(VendorBootFields.EntryBoardId + (i * sizeof(uint))))];

    /// <summary>none, platform, recovery, dlkm, or the number.</summary>
    public string TypeName => Type switch
    {
        0 => "none",
        1 => "platform",
        2 => "recovery",
        3 => "dlkm",
        _ => Type.ToString(System.Globalization.CultureInfo.InvariantCulture),
    };

    private uint U32(int offset) => BinaryPrimitives.ReadUInt32LittleEndian(Entry.Span[offset..]);
}
