using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using KernelBuild.Compression.Codecs;
using KernelBuild.Compression.Memory;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Ramdisks;

/// <summary>
/// A ramdisk as Linux unpacks it: archives one after another, each compressed in its own way or not at all, with any number of zeros
/// between them. Source: Linux, Documentation/driver-api/early-userspace/buffer-format.rst; init/initramfs.c, unpack_to_rootfs.
/// </summary>
/// <param name="Bytes">The whole ramdisk as stored.</param>
/// <param name="Segments">Its streams; one, not compressed, for a ramdisk in a form that is not known.</param>
public sealed record RamdiskSegments(ReadOnlyMemory<byte> Bytes, ImmutableArray<RamdiskSegment> Segments)
{
    /// <summary>What follows the last stream: zeros as a rule, else something that Linux calls junk.</summary>
    public ReadOnlyMemory<byte> Rest => Bytes[(Segments[^1].Offset + Segments[^1].Stored.Length)..];

    /// <summary>Reads a ramdisk.</summary>
    /// <param name="bytes">At least one byte.</param>
    /// <param name="ramdisk">Null when the result is false.</param>
    /// <param name="error">KB5011 or KB5013, with the offset in the ramdisk: a stream is damaged or of a kind that is not read.</param>
    /// <param name="maximumLength">Bytes that a stream may decompress to at most.</param>
    public static bool TryRead(
        ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out RamdiskSegments? ramdisk, [NotNullWhen(false)] out Diagnostic? error,
        long maximumLength = Decompressor.DefaultMaximumLength)
    {
        var reader = new RamdiskReader(bytes, maximumLength);
        ramdisk = reader.Read() is { } segments ? new RamdiskSegments(bytes, segments) : null;
        error = reader.Error;
        return ramdisk is not null;
    }

    /// <summary>Reads a ramdisk that is known to be one.</summary>
    /// <exception cref="DiagnosticException">KB5011 or KB5013.</exception>
    public static RamdiskSegments Read(ReadOnlyMemory<byte> bytes) =>
        TryRead(bytes, out var ramdisk, out var error) ? ramdisk : throw new DiagnosticException(error);

    /// <summary>The ramdisk with another content of one stream; all others keep their bytes.</summary>
    /// <param name="index">Of the stream.</param>
    /// <param name="content">Archives; compressed as the old stream is, unless they come compressed.</param>
    /// <exception cref="DiagnosticException">KB5013: the form is only read.</exception>
    public ReadOnlyMemory<byte> With(int index, ReadOnlyMemory<byte> content)
    {
        var old = Segments[index];
        if (MemoryWindow.AreEqual(old.Content, content))
        {
            return Bytes;
        }

        var isCompressed = CompressionFormats.Recognize(content.Span) != CompressionFormat.None;
        var stored = isCompressed || old.Format == CompressionFormat.None
            ? content
            : Compressor.Replace(old.Format, old.Stored, old.Content, content, out _);
        using var output = new MemoryStream();
        for (var i = 0; i < Segments.Length; i++)
        {
            var from = i == 0 ? 0 : Segments[i - 1].Offset + Segments[i - 1].Stored.Length;
            output.Write(Bytes.Span[from..Segments[i].Offset]);

            // an archive that is not compressed is looked for at a multiple of four bytes only
            if (i > index && Segments[i].Format == CompressionFormat.None)
            {
                output.Write(new byte[Align.Padding((int)output.Length, CpioFormat.Alignment)]);
            }

            output.Write((i == index ? stored : Segments[i].Stored).Span);
        }

        output.Write(Rest.Span);
        return output.ToArray();
    }

    /// <summary>All archives behind one another, not compressed.</summary>
    public ReadOnlyMemory<byte> Joined()
    {
        if (Segments.Length == 1)
        {
            return Segments[0].Content;
        }

        using var output = new MemoryStream();
        foreach (var segment in Segments)
        {
            output.Write(new byte[Align.Padding((int)output.Length, CpioFormat.Alignment)]);
            output.Write(segment.Content.Span);
        }

        return output.ToArray();
    }

    /// <summary>How the streams are compressed, for messages: "gzip, lz4-legacy".</summary>
    public string FormatNames => string.Join(", ", Segments.Select(segment => CompressionFormats.NameOf(segment.Format)));
}
