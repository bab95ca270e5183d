using System.Collections.Immutable;
using KernelBuild.BootImages.Layout;
using KernelBuild.Compression.Memory;

namespace KernelBuild.BootImages.VendorBoot;

/// <summary>One entry of a ramdisk table, every field as stored.</summary>
/// <param name="Size">Bytes of the fragment.</param>
/// <param name="Offset">Bytes from the start of the ramdisk section.</param>
/// <param name="Type">0 none, 1 platform, 2 recovery, 3 dlkm.</param>
/// <param name="NameField">32 bytes, not always ended by a NUL.</param>
/// <param name="BoardId">16 words.</param>
/// <param name="Rest">What follows in an entry that is longer than the 108 bytes of today.</param>
public sealed record VendorRamdiskEntry(
    uint Size, uint Offset, uint Type, ReadOnlyMemory<byte> NameField, ImmutableArray<uint> BoardId, ReadOnlyMemory<byte> Rest)
{
    /// <summary>Bytes of the entry.</summary>
    public int Length => VendorBootFields.EntryLength + Rest.Length;

    public string Name => HeaderText.Read(NameField.Span);

    /// <param name="bytes">The whole entry: 108 bytes or more.</param>
    public static VendorRamdiskEntry Read(ReadOnlyMemory<byte> bytes)
    {
        var words = new uint[VendorBootFields.EntryBoardIdWords];
        for (var i = 0; i < words.Length; i++)
        {
            words[i] = LittleEndian.U32(bytes.Span, VendorBootFields.EntryBoardId + (i * sizeof(uint)));
        }

        return new VendorRamdiskEntry(
            LittleEndian.U32(bytes.Span, VendorBootFields.EntryRamdiskSize),
            LittleEndian.U32(bytes.Span, VendorBootFields.EntryRamdiskOffset),
            LittleEndian.U32(bytes.Span, VendorBootFields.EntryType),
            bytes.Slice(VendorBootFields.EntryName, VendorBootFields.EntryNameLength),
            [.. words],
            bytes[VendorBootFields.EntryLength..]);
    }

    /// <param name="bytes">Gets the entry: <see cref="Length"/> bytes.</param>
    public void Write(Span<byte> bytes)
    {
        LittleEndian.PutU32(bytes, VendorBootFields.EntryRamdiskSize, Size);
        LittleEndian.PutU32(bytes, VendorBootFields.EntryRamdiskOffset, Offset);
        LittleEndian.PutU32(bytes, VendorBootFields.EntryType, Type);
        NameField.Span.CopyTo(bytes[VendorBootFields.EntryName..]);
        for (var i = 0; i < BoardId.Length; i++)
        {
            LittleEndian.PutU32(bytes, VendorBootFields.EntryBoardId + (i * sizeof(uint)), BoardId[i]);
        }

        Rest.Span.CopyTo(bytes[VendorBootFields.EntryLength..]);
    }
}
