using System.Buffers.Binary;
using KernelBuild.Compression.Recognition;

namespace KernelBuild.Manifest;

/// <summary>What a kernel calls itself, before and after it boots.</summary>
/// <param name="Banner">The text of /proc/version, without its line feed; empty when there is none.</param>
/// <param name="BuildId">GNU build ID, lower-case hexadecimal digits, as in /sys/kernel/notes; empty when there is none.</param>
public sealed record KernelIdentity(string Banner, string BuildId)
{
    private const int NoteHeaderLength = 16;
    private const uint BuildIdNote = 3;

    private static ReadOnlySpan<byte> Magic => "\u007fELF"u8;

    /// <summary>As uname -r gives it; null where the banner has none.</summary>
    public string? Release => Banner.Split(' ') is ["Linux", "version", var release, ..] ? release : null;

    /// <summary>Of an uncompressed kernel, Image or vmlinux: both stand in its read-only data.</summary>
    public static KernelIdentity Of(ReadOnlyMemory<byte> kernel) => new(LinuxBanner.Find(kernel) ?? "", BuildIdIn(kernel.Span));

    /// <summary>
    /// The first note of name GNU and type NT_GNU_BUILD_ID: words for the lengths of name and content and for the type, little-endian, then
    /// the name and the content. Those of the programs that a kernel carries do not count: its vDSOs are ELF files with build IDs of their own
    /// (arch/arm64/kernel/vdso.c), and stand before the kernel's notes. Source: ELF specification, note section; include/uapi/linux/elf.h.
    /// </summary>
    /// <param name="notes">Notes, or a whole kernel.</param>
    public static string BuildIdIn(ReadOnlySpan<byte> notes)
    {
        var carried = Carried(notes);
        for (var start = 0; notes[start..].IndexOf("GNU\0"u8) is >= 0 and var at; start += at + 4)
        {
            var name = start + at;
            if (name < NoteHeaderLength - 4 || carried.Any(file => file.Start < name && name < file.End))
            {
                continue;
            }

            var header = notes[(name - 12)..];
            var length = BinaryPrimitives.ReadUInt32LittleEndian(header[4..]);
            if (BinaryPrimitives.ReadUInt32LittleEndian(header) == 4 && BinaryPrimitives.ReadUInt32LittleEndian(header[8..]) == BuildIdNote
                && length is >= 8 and <= 64 && header.Length >= NoteHeaderLength + length)
            {
                return Convert.ToHexStringLower(header.Slice(NoteHeaderLength, (int)length));
            }
        }

        return "";
    }

    /// <summary>Little-endian ELF files within, but not the whole: from their headers to the last byte that these name.</summary>
    private static List<(long Start, long End)> Carried(ReadOnlySpan<byte> bytes)
    {
        var files = new List<(long, long)>();
        for (var start = 1; start < bytes.Length && bytes[start..].IndexOf(Magic) is >= 0 and var found; start += found + 1)
        {
            var at = start + found;
            if (LengthOf(bytes[at..]) is > 0 and var length)
            {
                files.Add((at, at + length));
            }
        }

        return files;
    }

    /// <summary>Of an ELF file, to the end of its section table and its segments; 0 for another thing. Source: elf(5).</summary>
    private static long LengthOf(ReadOnlySpan<byte> file)
    {
        const int header32 = 52;
        const int header64 = 64;
        if (file.Length < header64 || file[4] is not (1 or 2) || file[5] != 1 || file[6] != 1)
        {
            return 0;
        }

        var is64 = file[4] == 2;
        var (segments, sections) = is64
            ? (BinaryPrimitives.ReadUInt64LittleEndian(file[32..]), BinaryPrimitives.ReadUInt64LittleEndian(file[40..]))
            : (BinaryPrimitives.ReadUInt32LittleEndian(file[28..]), BinaryPrimitives.ReadUInt32LittleEndian(file[32..]));
        var counts = file[(is64 ? 54 : 42)..];
        var (segmentSize, segmentCount) = (Half(counts, 0), Half(counts, 1));
        var end = (decimal)(is64 ? header64 : header32);
        end = Math.Max(end, sections + ((decimal)Half(counts, 2) * Half(counts, 3)));
        for (var i = 0; i < segmentCount; i++)
        {
            var at = (decimal)segments + (i * segmentSize);
            if (at + segmentSize > file.Length || segmentSize < (is64 ? 56 : 32))
            {
                break;
            }

            var segment = file[(int)at..];
            end = Math.Max(end, is64
                ? (decimal)BinaryPrimitives.ReadUInt64LittleEndian(segment[8..]) + BinaryPrimitives.ReadUInt64LittleEndian(segment[32..])
                : (decimal)BinaryPrimitives.ReadUInt32LittleEndian(segment[4..]) + BinaryPrimitives.ReadUInt32LittleEndian(segment[16..]));
        }

        return end <= file.Length ? (long)end : 0;
    }

    private static ushort Half(ReadOnlySpan<byte> bytes, int number) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[(number * 2)..]);
}
