using System.Diagnostics.CodeAnalysis;
using KernelBuild.Diagnostics;

namespace KernelBuild.Compression.Codecs;

/// <summary>Takes a section of a boot image out of whatever it is compressed with.</summary>
public static class Decompressor
{
    /// <summary>Larger than any kernel or ramdisk, small enough that a hostile stream does not take the machine down: 1 GiB.</summary>
    public const long DefaultMaximumLength = 1L << 30;

    /// <summary>Recognises the format and decompresses.</summary>
    /// <param name="stored">The section's bytes.</param>
    /// <param name="data">The content; null when the result is false.</param>
    /// <param name="error">
    /// KB5011: damaged, cut short or larger than allowed. KB5013: it asks for more memory, or for a filter, than is supported.
    /// </param>
    /// <param name="maximumLength">Bytes the content may have at most.</param>
    /// <param name="onlyFirst">
    /// Whether to stop behind the first member of several, as Linux does where it unpacks a ramdisk: each is a stream of its own there.
    /// </param>
    public static bool TryDecompress(
        ReadOnlyMemory<byte> stored,
        [NotNullWhen(true)] out DecompressedData? data,
        [NotNullWhen(false)] out Diagnostic? error,
        long maximumLength = DefaultMaximumLength,
        bool onlyFirst = false)
    {
        if (CodecTable.Recognize(stored.Span) is { } codec)
        {
            return codec.TryRead(stored, out data, out error, maximumLength, onlyFirst);
        }

        data = new DecompressedData(CompressionFormat.None, stored, stored.Length);
        error = null;
        return true;
    }

    internal static Diagnostic Invalid(string format, long offset, string message) =>
        Diagnostic.Error(DiagnosticCodes.CompressedStreamInvalid, $"{format} stream: {message}", "copy or make the file again") with
        {
            Offset = offset,
        };

    internal static Diagnostic Unsupported(string format, string message, string fix) =>
        Diagnostic.Error(DiagnosticCodes.CompressionUnsupported, $"{format} stream: {message}", fix);

    internal static Diagnostic TooLarge(string format, long maximumLength) => Diagnostic.Error(
        DiagnosticCodes.CompressedStreamInvalid,
        $"{format} stream: the content has more than {maximumLength} bytes, the limit",
        "no kernel or ramdisk is that large: check where the file comes from");
}
