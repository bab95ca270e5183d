using KernelBuild.Compression.Memory;

namespace KernelBuild.BootImages.Dtbo;

/// <summary>
/// The 32 bytes at the start of a dtbo image, every field as stored and none of it checked; <see cref="DtboImage"/> is what they say.
/// </summary>
public sealed record DtboHeader
{
    /// <summary>A table of ACPI overlays, which has a magic of its own.</summary>
    public bool IsAcpi { get; init; }

    /// <summary>Bytes of table and overlays.</summary>
    public uint TotalSize { get; init; }

    /// <summary>Bytes of this header.</summary>
    public uint HeaderSize { get; init; } = DtboFields.HeaderLength;

    /// <summary>Bytes of an entry.</summary>
    public uint EntrySize { get; init; } = DtboFields.EntryLength;

    public uint EntryCount { get; init; }

    /// <summary>Bytes from the start of the image.</summary>
    public uint EntriesOffset { get; init; } = DtboFields.HeaderLength;

    /// <summary>Informative only: nothing is aligned to it.</summary>
    public uint PageSize { get; init; } = DtboFields.DefaultPageSize;

    /// <summary>0, or 1 with flags in the entries.</summary>
    public uint Version { get; init; }

    /// <param name="bytes">At least 32, from the magic on.</param>
    public static DtboHeader Read(ReadOnlySpan<byte> bytes) => new()
    {
        IsAcpi = bytes.StartsWith(DtboFields.AcpiMagic),
        TotalSize = BigEndian.U32(bytes, DtboFields.TotalSize),
        HeaderSize = BigEndian.U32(bytes, DtboFields.HeaderSize),
        EntrySize = BigEndian.U32(bytes, DtboFields.EntrySize),
        EntryCount = BigEndian.U32(bytes, DtboFields.EntryCount),
        EntriesOffset = BigEndian.U32(bytes, DtboFields.EntriesOffset),
        PageSize = BigEndian.U32(bytes, DtboFields.PageSize),
        Version = BigEndian.U32(bytes, DtboFields.Version),
    };

    /// <param name="bytes">Gets the 32 bytes.</param>
    public void Write(Span<byte> bytes)
    {
        (IsAcpi ? DtboFields.AcpiMagic : DtboFields.Magic).CopyTo(bytes);
        BigEndian.PutU32(bytes, DtboFields.TotalSize, TotalSize);
        BigEndian.PutU32(bytes, DtboFields.HeaderSize, HeaderSize);
        BigEndian.PutU32(bytes, DtboFields.EntrySize, EntrySize);
        BigEndian.PutU32(bytes, DtboFields.EntryCount, EntryCount);
        BigEndian.PutU32(bytes, DtboFields.EntriesOffset, EntriesOffset);
        BigEndian.PutU32(bytes, DtboFields.PageSize, PageSize);
        BigEndian.PutU32(bytes, DtboFields.Version, Version);
    }
}
