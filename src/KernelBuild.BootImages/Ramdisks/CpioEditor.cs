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
    public static byte[] Replace(ReadOnlyMemory<byte> ramdisk, string path, ReadOnlySpan<byte> content)
    {
        var entry = CpioArchive.Read(ramdisk).Entries.LastOrDefault(e => e.Path == path && e.Type == FileType.RegularFile)
            ?? throw Error($"the ramdisk has no file \"{HeaderText.Printable(path)}\"", "kernelbuild boot info --list shows what it has");
        var span = ramdisk.Span;
        var dataStart = (int)Align.Up(entry.Offset + CpioFormat.HeaderLength + entry.Name.Length + 1, CpioFormat.Alignment);
        var dataEnd = (int)Math.Min(Align.Up(dataStart + entry.Data.Length, CpioFormat.Alignment), span.Length);
        var used = span.LastIndexOfAnyExcept((byte)0) + 1;
        var isFilled = span.Length % CpioFormat.BlockLength == 0 && span.Length - used < CpioFormat.BlockLength + CpioFormat.Alignment;
        var rest = isFilled
            ? span[dataEnd..Math.Max(dataEnd, (int)Math.Min(Align.Up(used + 1, CpioFormat.Alignment), span.Length))]
            : span[dataEnd..];
        var length = Align.Up(dataStart + content.Length, CpioFormat.Alignment) + rest.Length;
        length = isFilled ? Align.Up(length, CpioFormat.BlockLength) : length;
        if (length > Array.MaxLength)
        {
            throw Error($"the ramdisk would have {length} bytes, more than 2 GiB", "leave files out: the whole ramdisk is held in memory");
        }

        var bytes = new byte[length];
        span[..dataStart].CopyTo(bytes);
        content.CopyTo(bytes.AsSpan(dataStart));
        rest.CopyTo(bytes.AsSpan((int)Align.Up(dataStart + content.Length, CpioFormat.Alignment)));
        WriteNumber(bytes.AsSpan(entry.Offset + CpioFormat.FileSize, CpioFormat.NumberLength), (uint)content.Length);
        if (span[entry.Offset..].StartsWith(CpioFormat.CrcMagic))
        {
            WriteNumber(bytes.AsSpan(entry.Offset + CpioFormat.Check, CpioFormat.NumberLength), Sum(content));
        }

        return bytes;
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
