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
    /// <param name="error">KB5011: damaged, cut short or larger than allowed. KB5013: a format that is recognised and not supported.</param>
    /// <param name="maximumLength">Bytes the content may have at most.</param>
    public static bool TryDecompress(
        ReadOnlyMemory<byte> stored,
        [NotNullWhen(true)] out DecompressedData? data,
        [NotNullWhen(false)] out Diagnostic? error,
        long maximumLength = DefaultMaximumLength)
    {
        var format = CompressionFormats.Recognize(stored.Span);
        switch (format)
        {
            case CompressionFormat.None:
                data = new DecompressedData(format, stored, stored.Length);
                error = null;
                return true;
            case CompressionFormat.Gzip:
                return Gzip.TryDecompress(stored, out data, out error, maximumLength);
            case CompressionFormat.Lz4Legacy:
                return Lz4Legacy.TryDecompress(stored, out data, out error, maximumLength);
            case CompressionFormat.Lz4Frame:
                return Lz4Frame.TryDecompress(stored, out data, out error, maximumLength);
            case CompressionFormat.Xz or CompressionFormat.Lzma:
                return Lzma.TryDecompress(stored, format, out data, out error, maximumLength);
            case CompressionFormat.Zstd:
                return Zstd.TryDecompress(stored, out data, out error, maximumLength);
            case CompressionFormat.Bzip2:
                return Bzip2.TryDecompress(stored, out data, out error, maximumLength);
            case CompressionFormat.Lzop:
                return Lzop.TryDecompress(stored, out data, out error, maximumLength);
            default:
                var program = CompressionFormats.NameOf(format);
                data = null;
                error = Diagnostic.Error(
                    DiagnosticCodes.CompressionUnsupported,
                    $"compressed with {program}, which is recognised but not supported",
                    $"decompress it with the program {program}");
                return false;
        }
    }

    internal static Diagnostic Invalid(string format, long offset, string message) =>
        Diagnostic.Error(DiagnosticCodes.CompressedStreamInvalid, $"{format} stream: {message}", "copy or make the file again") with { Offset = offset };

    internal static Diagnostic TooLarge(string format, long maximumLength) => Diagnostic.Error(
        DiagnosticCodes.CompressedStreamInvalid,
        $"{format} stream: the content has more than {maximumLength} bytes, the limit",
        "a kernel or ramdisk of that size is no such thing: check where the file comes from");
}
