using KernelBuild.Compression.Codecs;
using KernelBuild.Compression.Memory;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Editing;

/// <summary>How a new kernel or ramdisk is stored in the place of an old one.</summary>
/// <param name="Stored">The stream that goes into the section.</param>
/// <param name="Content">What it decompresses to.</param>
/// <param name="Note">What was done, for people; empty when the given bytes went in as they are.</param>
internal sealed record StoredContent(ReadOnlyMemory<byte> Stored, ReadOnlyMemory<byte> Content, string Note)
{
    /// <summary>What the old stream holds, where it had to be looked into; else null.</summary>
    public ReadOnlyMemory<byte>? Before { get; private init; }

    /// <summary>
    /// A stream that holds the same content as the old one is the old one; what is given compressed goes in as it is; the rest is
    /// compressed as the old stream was, because that is what the bootloader is known to unpack.
    /// </summary>
    /// <param name="name">kernel or ramdisk, for messages.</param>
    /// <param name="given">What the user gave.</param>
    /// <param name="old">The old stream; empty when there was none.</param>
    /// <param name="format">What the user asked for; null to follow the old stream.</param>
    /// <exception cref="DiagnosticException">KB5011 or KB5013: the given stream is damaged, or a format cannot be written.</exception>
    public static StoredContent For(string name, ReadOnlyMemory<byte> given, ReadOnlyMemory<byte> old, CompressionFormat? format)
    {
        var content = Decompressed(name, given, out var givenFormat);
        var oldFormat = CompressionFormats.Recognize(old.Span);
        var wanted = format ?? (givenFormat == CompressionFormat.None ? oldFormat : givenFormat);
        var before = !old.IsEmpty && wanted == oldFormat ? ContentOf(old) : null;
        if (before is { } same && MemoryWindow.AreEqual(same, content))
        {
            return new StoredContent(old, content, $"the {name} is unchanged; its stream stays as it is") { Before = before };
        }

        if (wanted == givenFormat)
        {
            return new StoredContent(given, content, "") { Before = before };
        }

        if (before is { } changed)
        {
            var replaced = Compressor.Replace(wanted, old, changed, content, out var isKept);
            return new StoredContent(
                replaced, content,
                isKept ? $"the {name} differs in a few bytes: the rest of its stream stays as it is" : How(name, wanted, format is null))
            { Before = before };
        }

        return new StoredContent(Compressor.Compress(wanted, content), content, How(name, wanted, format is null));
    }

    private static string How(string name, CompressionFormat wanted, bool isAsOld)
    {
        var how = wanted == CompressionFormat.None ? "decompressed"
            : $"compressed with {CompressionFormats.NameOf(wanted)}{(isAsOld ? ", as the old one is" : "")}";
        return $"the {name} was {how}";
    }

    /// <summary>What the old stream holds; null when it is damaged, or something follows it.</summary>
    private static ReadOnlyMemory<byte>? ContentOf(ReadOnlyMemory<byte> old) =>
        Decompressor.TryDecompress(old, out var data, out _) && data.CompressedLength == old.Length ? (ReadOnlyMemory<byte>?)data.Content : null;

    private static ReadOnlyMemory<byte> Decompressed(string name, ReadOnlyMemory<byte> given, out CompressionFormat format)
    {
        if (!Decompressor.TryDecompress(given, out var data, out var error))
        {
            throw new DiagnosticException(error with { Message = $"in the given {name}: {error.Message}" });
        }

        format = data.Format;
        return data.Content;
    }
}
