using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using KernelBuild.Compression.Memory;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Containers;

/// <summary>
/// A super partition, which holds the logical partitions of a device (system, vendor, product): geometry, metadata, and their extents.
/// Integers are little endian, sectors have 512 bytes. Source: AOSP, system/core/fs_mgr/liblp/include/liblp/metadata_format.h.
/// </summary>
/// <param name="Partitions">In the order of the table.</param>
public sealed record SuperImage(ImmutableArray<SuperPartition> Partitions)
{
    private const int Reserved = 4096;
    private const int GeometryLength = 4096;
    private const int SectorLength = 512;
    private const uint GeometryMagic = 0x616c4467;
    private const uint HeaderMagic = 0x414c5030;
    private const int ChecksumLength = 32;
    private const int ShortestHeader = 128;
    private const int LargestMetadata = 1 << 24;
    private const int NameLength = 36;

    /// <summary>Whether a file is one: its geometry stands behind 4096 reserved bytes.</summary>
    /// <param name="start">At least the first 4100 bytes.</param>
    public static bool IsSuper(ReadOnlySpan<byte> start) => start.Length >= Reserved + sizeof(uint) && LittleEndian.U32(start, Reserved) == GeometryMagic;

    /// <summary>Reads the tables; a copy of them is taken where the first one is damaged.</summary>
    /// <param name="file">The whole partition, not sparse.</param>
    /// <exception cref="DiagnosticException">KB5041: no copy is sound, or an extent reaches beyond the end.</exception>
    public static SuperImage Read(ByteSource file)
    {
        var (largest, slots) = ReadGeometry(file, Reserved) ?? ReadGeometry(file, Reserved + GeometryLength)
            ?? throw Invalid("neither copy of its geometry is sound");
        const long metadata = Reserved + (2 * GeometryLength);
        for (var copy = 0; copy < 2 * slots; copy++)
        {
            if (ReadTables(file, metadata + ((long)copy * largest), largest, (int)(copy % slots)) is { } partitions)
            {
                return new SuperImage(partitions);
            }
        }

        throw Invalid("no copy of its metadata is sound");
    }

    /// <summary>The partition of a name; without a slot that of the one that is filled.</summary>
    /// <returns>Null when there is none.</returns>
    public SuperPartition? Find(string name) =>
        Partitions.FirstOrDefault(one => one.Name == name)
        ?? Partitions.FirstOrDefault(one => (one.Name == name + "_a" || one.Name == name + "_b") && one.Content.Length > 0);

    private static (uint Largest, uint Slots)? ReadGeometry(ByteSource file, long offset)
    {
        const int checksum = 8, largestAt = 40, slotsAt = 44, shortest = 52;
        if (file.Length < offset + GeometryLength)
        {
            return null;
        }

        var bytes = file.ToArray(offset, GeometryLength);
        var length = LittleEndian.U32(bytes, sizeof(uint));
        if (LittleEndian.U32(bytes, 0) != GeometryMagic || length is < shortest or > GeometryLength || !IsSound(bytes.AsSpan(0, (int)length), checksum))
        {
            return null;
        }

        var (largest, slots) = (LittleEndian.U32(bytes, largestAt), LittleEndian.U32(bytes, slotsAt));
        return largest is > 0 and <= LargestMetadata && slots is > 0 and <= 32 ? (largest, slots) : null;
    }

    private static ImmutableArray<SuperPartition>? ReadTables(ByteSource file, long offset, uint largest, int slot)
    {
        const int headerLengthAt = 8, checksum = 12, tablesLengthAt = 44, tablesChecksum = 48, partitionsAt = 80, extentsAt = 92;
        if (file.Length < offset + ShortestHeader)
        {
            return null;
        }

        var start = file.ToArray(offset, ShortestHeader);
        var (headerLength, tablesLength) = (LittleEndian.U32(start, headerLengthAt), LittleEndian.U32(start, tablesLengthAt));
        if (LittleEndian.U32(start, 0) != HeaderMagic || headerLength < ShortestHeader || (ulong)headerLength + tablesLength > largest
            || file.Length - offset < headerLength + (long)tablesLength)
        {
            return null;
        }

        var header = file.ToArray(offset, headerLength);
        var tables = file.ToArray(offset + headerLength, tablesLength);
        return IsSound(header, checksum)
            && header.AsSpan(tablesChecksum, ChecksumLength).SequenceEqual(SHA256.HashData(tables))
            && Entries(header, partitionsAt, tables, NameLength + (4 * sizeof(uint))) is { } partitions
            && Entries(header, extentsAt, tables, 24) is { } extents
                ? [.. partitions.Select(partition => Partition(partition, slot, extents, file))]
                : null;
    }

    /// <summary>The entries of a table; null when they do not lie in the tables.</summary>
    private static List<ReadOnlyMemory<byte>>? Entries(byte[] header, int descriptor, byte[] tables, int shortest)
    {
        var offset = LittleEndian.U32(header, descriptor);
        var count = LittleEndian.U32(header, descriptor + sizeof(uint));
        var length = LittleEndian.U32(header, descriptor + (2 * sizeof(uint)));
        if (length < shortest || offset + ((ulong)count * length) > (ulong)tables.Length)
        {
            return null;
        }

        var entries = new List<ReadOnlyMemory<byte>>();
        for (uint i = 0; i < count; i++)
        {
            entries.Add(tables.AsMemory((int)(offset + (i * length)), (int)length));
        }

        return entries;
    }

    /// <param name="slot">Of the metadata: liblp adds it to the names that are stored without (LP_PARTITION_ATTR_SLOT_SUFFIXED).</param>
    private static SuperPartition Partition(ReadOnlyMemory<byte> entry, int slot, List<ReadOnlyMemory<byte>> extents, ByteSource file)
    {
        const int attributesAt = NameLength, firstAt = NameLength + 4, countAt = NameLength + 8;
        const uint slotSuffixed = 2;
        var attributes = LittleEndian.U32(entry.Span, attributesAt);
        var name = Encoding.ASCII.GetString(entry.Span[..NameLength]).Split('\0')[0];
        if ((attributes & slotSuffixed) != 0)
        {
            name += $"_{(char)('a' + slot)}";
        }

        var (first, count) = (LittleEndian.U32(entry.Span, firstAt), LittleEndian.U32(entry.Span, countAt));
        if ((ulong)first + count > (ulong)extents.Count)
        {
            throw Invalid($"the partition {name} names extents that are not there");
        }

        var placed = extents.Skip((int)first).Take((int)count).Select(extent => Extent(extent.Span, name, file)).ToArray();
        return new SuperPartition(name, attributes & ~slotSuffixed, new ExtentSource(placed));
    }

    private static SourceExtent Extent(ReadOnlySpan<byte> extent, string partition, ByteSource file)
    {
        const int typeAt = 8, dataAt = 12, sourceAt = 20;
        const uint linear = 0, zero = 1;
        var sectors = LittleEndian.U64(extent, 0);
        var (type, data, source) = (LittleEndian.U32(extent, typeAt), LittleEndian.U64(extent, dataAt), LittleEndian.U32(extent, sourceAt));
        if (sectors > long.MaxValue / SectorLength || data > long.MaxValue / SectorLength || type > zero || (type == linear && source != 0))
        {
            throw Invalid(
                type == linear && source != 0
                    ? $"the partition {partition} lies on another device (number {source}) than this one"
                    : $"an extent of the partition {partition} is impossible");
        }

        return new SourceExtent(type == linear ? file : null, type == linear ? (long)data * SectorLength : 0, (long)sectors * SectorLength);
    }

    /// <summary>Whether the SHA-256 of a structure, its own field taken as zeros, is the one in that field.</summary>
    private static bool IsSound(ReadOnlySpan<byte> structure, int checksum)
    {
        var copy = structure.ToArray();
        copy.AsSpan(checksum, ChecksumLength).Clear();
        return structure.Slice(checksum, ChecksumLength).SequenceEqual(SHA256.HashData(copy));
    }

    private static DiagnosticException Invalid(string what) =>
        ContainerError.Of($"the super partition cannot be read: {what}", "copy or download it again; lpdump of AOSP shows more");
}
