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

    /// <summary>As uname -r gives it; null where the banner has none.</summary>
    public string? Release => Banner.Split(' ') is ["Linux", "version", var release, ..] ? release : null;

    /// <summary>Of an uncompressed kernel: both stand in its read-only data.</summary>
    public static KernelIdentity Of(ReadOnlyMemory<byte> kernel) => new(LinuxBanner.Find(kernel) ?? "", BuildIdIn(kernel.Span));

    /// <summary>
    /// The first note of name GNU and type NT_GNU_BUILD_ID: words for the lengths of name and content and for the type, little-endian, then
    /// the name and the content. Source: ELF specification, note section; include/uapi/linux/elf.h.
    /// </summary>
    public static string BuildIdIn(ReadOnlySpan<byte> notes)
    {
        for (var start = 0; notes[start..].IndexOf("GNU\0"u8) is >= 0 and var at; start += at + 4)
        {
            var name = start + at;
            if (name < NoteHeaderLength - 4)
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
}
