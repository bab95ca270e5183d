using System.Text;
using KernelBuild.Compression.Memory;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Ramdisks;

/// <summary>Writes ramdisks that depend on their entries only, byte for byte.</summary>
public static class CpioWriter
{
    /// <summary>
    /// Writes an uncompressed newc archive. Entries are sorted by path, missing parents are added as directories of mode 0755; owner and
    /// group are 0, inode numbers count from 0, link counts are those of a file system. Equal to the output of
    /// <c>cpio -o -H newc --reproducible</c> for the same tree in sorted order.
    /// </summary>
    /// <param name="entries">In any order.</param>
    /// <param name="modificationTime">Of every entry, in seconds since 1970.</param>
    /// <exception cref="DiagnosticException">
    /// KB5009, one for each entry whose path or link target is not possible, given twice, or under a file.
    /// </exception>
    public static byte[] Write(IEnumerable<RamdiskEntry> entries, uint modificationTime = 0)
    {
        var tree = new RamdiskTree(entries);
        var sorted = tree.Sorted();
        var links = tree.LinkCounts();
        var bytes = new byte[Length(sorted)];
        var offset = 0;
        for (var i = 0; i < sorted.Count; i++)
        {
            var (name, entry) = sorted[i];
            var header = bytes.AsSpan(offset, CpioFormat.HeaderLength);
            StartHeader(header, links[entry.Path], name.Length);
            Number(header, CpioFormat.Inode, (uint)i);
            Number(header, CpioFormat.Mode, entry.Mode);
            Number(header, CpioFormat.ModificationTime, modificationTime);
            Number(header, CpioFormat.FileSize, (uint)entry.Data.Length);
            Number(header, CpioFormat.RawDeviceMajor, entry.DeviceMajor);
            Number(header, CpioFormat.RawDeviceMinor, entry.DeviceMinor);
            name.CopyTo(bytes, offset + CpioFormat.HeaderLength);
            offset = (int)Align.Up(offset + CpioFormat.HeaderLength + name.Length + 1, CpioFormat.Alignment);
            entry.Data.Span.CopyTo(bytes.AsSpan(offset));
            offset = (int)Align.Up(offset + entry.Data.Length, CpioFormat.Alignment);
        }

        StartHeader(bytes.AsSpan(offset, CpioFormat.HeaderLength), 1, CpioFormat.Trailer.Length);
        Encoding.ASCII.GetBytes(CpioFormat.Trailer, bytes.AsSpan(offset + CpioFormat.HeaderLength));
        return bytes;
    }

    private static long Length(IReadOnlyList<(byte[] Name, RamdiskEntry Entry)> entries)
    {
        long length = 0;
        foreach (var (name, entry) in entries)
        {
            length = Align.Up(
                Align.Up(length + CpioFormat.HeaderLength + name.Length + 1, CpioFormat.Alignment) + entry.Data.Length,
                CpioFormat.Alignment);
        }

        length += CpioFormat.HeaderLength + CpioFormat.Trailer.Length + 1;
        length = Align.Up(length, CpioFormat.BlockLength);
        return length <= Array.MaxLength
            ? length
            : throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.RamdiskEntryInvalid, $"the ramdisk would have {length} bytes, more than 2 GiB",
                "leave files out: the whole ramdisk is held in memory"));
    }

    private static void StartHeader(Span<byte> header, uint links, int nameLength)
    {
        CpioFormat.Magic.CopyTo(header);
        header[CpioFormat.Magic.Length..].Fill((byte)'0');
        Number(header, CpioFormat.LinkCount, links);
        Number(header, CpioFormat.NameSize, (uint)nameLength + 1);
    }

    private static void Number(Span<byte> header, int offset, uint value) =>
        value.TryFormat(header.Slice(offset, CpioFormat.NumberLength), out _, "X8", System.Globalization.CultureInfo.InvariantCulture);
}
