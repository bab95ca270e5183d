using System.Text;
using KernelBuild.BootImages.Layout;
using KernelBuild.Compression.Memory;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Ramdisks;

/// <summary>
/// Changes a file in a ramdisk with the smallest difference: the order of entries, every other field, duplicates, further archives and the
/// zeros between them stay as they are.
/// </summary>
public static class CpioEditor
{
    /// <summary>Replaces the content of a file.</summary>
    /// <param name="ramdisk">Uncompressed archives.</param>
    /// <param name="path">Of an entry; of several the last, which is the one that counts when the kernel has unpacked all.</param>
    /// <param name="content">The new content.</param>
    /// <returns>
    /// The new archives. What follows the entry moves by a multiple of four bytes; a fill to 512 bytes at the end is recomputed.
    /// </returns>
    /// <exception cref="DiagnosticException">KB5012: no archive. KB5009: no such file in it, or more than 2 GiB.</exception>
    public static byte[] Replace(ReadOnlyMemory<byte> ramdisk, string path, ReadOnlyMemory<byte> content) =>
        Replace(ramdisk, [new KeyValuePair<string, ReadOnlyMemory<byte>>(path, content)]);

    /// <summary>Replaces the content of several files; see the other overload.</summary>
    /// <param name="contents">By path.</param>
    public static byte[] Replace(ReadOnlyMemory<byte> ramdisk, IReadOnlyCollection<KeyValuePair<string, ReadOnlyMemory<byte>>> contents)
    {
        var files = new Dictionary<string, CpioEntry>(StringComparer.Ordinal);
        foreach (var entry in CpioArchive.Read(ramdisk).Entries.Where(entry => entry.Type == FileType.RegularFile))
        {
            files[entry.Path] = entry;
        }

        var places = contents
            .Select(pair => (pair.Value, Entry: files.GetValueOrDefault(pair.Key)
                ?? throw Error($"the ramdisk has no file \"{HeaderText.Printable(pair.Key)}\"", "kernelbuild boot info --list shows what it has")))
            .OrderBy(place => place.Entry.Offset);
        var span = ramdisk.Span;
        var used = span.LastIndexOfAnyExcept((byte)0) + 1;
        var isFilled = span.Length % CpioFormat.BlockLength == 0 && span.Length - used < CpioFormat.BlockLength + CpioFormat.Alignment;
        using var output = new MemoryStream();
        var from = 0;
        foreach (var (content, entry) in places)
        {
            var dataStart = (int)Align.Up(entry.Offset + CpioFormat.HeaderLength + entry.Name.Length + 1, CpioFormat.Alignment);
            output.Write(span[from..entry.Offset]);
            output.Write(Header(span[entry.Offset..dataStart], content.Span));
            output.Write(content.Span);
            output.Write(new byte[Align.Padding(content.Length, CpioFormat.Alignment)]);
            from = (int)Math.Min(Align.Up(dataStart + entry.Data.Length, CpioFormat.Alignment), span.Length);
            RequireRoom(output.Length);
        }

        output.Write(isFilled ? span[from..Math.Max(from, (int)Math.Min(Align.Up(used + 1, CpioFormat.Alignment), span.Length))] : span[from..]);
        RequireRoom(output.Length + CpioFormat.BlockLength);
        if (isFilled)
        {
            output.SetLength(Align.Up(output.Length, CpioFormat.BlockLength));
        }

        return output.ToArray();
    }

    private static byte[] Header(ReadOnlySpan<byte> old, ReadOnlySpan<byte> content)
    {
        var header = old.ToArray();
        WriteNumber(header.AsSpan(CpioFormat.FileSize, CpioFormat.NumberLength), (uint)content.Length);
        if (old.StartsWith(CpioFormat.CrcMagic))
        {
            WriteNumber(header.AsSpan(CpioFormat.Check, CpioFormat.NumberLength), Sum(content));
        }

        return header;
    }

    private static void RequireRoom(long length)
    {
        if (length > Array.MaxLength)
        {
            throw Error($"the ramdisk would have {length} bytes, more than 2 GiB", "leave files out: the whole ramdisk is held in memory");
        }
    }

    /// <summary>In the case of digits that the field had: cpio writes capitals, mkbootfs small letters.</summary>
    private static void WriteNumber(Span<byte> field, uint value)
    {
        var format = field.IndexOfAnyInRange((byte)'a', (byte)'f') >= 0 ? "x8" : "X8";
        Encoding.ASCII.GetBytes(value.ToString(format, System.Globalization.CultureInfo.InvariantCulture), field);
    }

    private static uint Sum(ReadOnlySpan<byte> content)
    {
        uint sum = 0;
        foreach (var value in content)
        {
            sum += value;
        }

        return sum;
    }

    private static DiagnosticException Error(string message, string fix) =>
        new(Diagnostic.Error(DiagnosticCodes.RamdiskEntryInvalid, message, fix));
}
