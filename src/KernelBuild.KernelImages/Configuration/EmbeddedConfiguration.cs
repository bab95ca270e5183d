using System.Diagnostics.CodeAnalysis;
using KernelBuild.Compression.Codecs;
using KernelBuild.Diagnostics;

namespace KernelBuild.KernelImages.Configuration;

/// <summary>The configuration that CONFIG_IKCONFIG puts into a kernel: gzip between two marks. Source: kernel/configs.c.</summary>
public static class EmbeddedConfiguration
{
    private const long LargestText = 8L << 20;

    private static ReadOnlySpan<byte> Start => "IKCFG_ST"u8;

    private static ReadOnlySpan<byte> End => "IKCFG_ED"u8;

    /// <summary>Reads it.</summary>
    /// <param name="image">An uncompressed kernel.</param>
    /// <param name="text">As .config was, byte for byte; empty when the result is false.</param>
    /// <param name="error">KB8008: there is none, or it is damaged.</param>
    public static bool TryRead(ReadOnlyMemory<byte> image, out ReadOnlyMemory<byte> text, [NotNullWhen(false)] out Diagnostic? error)
    {
        text = default;
        error = Diagnostic.Error(
            DiagnosticCodes.ConfigurationMissing, "the kernel contains no configuration (IKCONFIG)",
            "it was built without CONFIG_IKCONFIG; --infer shows what its symbols prove");
        for (var from = 0; from < image.Length;)
        {
            var at = image.Span[from..].IndexOf(Start);
            if (at < 0)
            {
                return false;
            }

            from += at + Start.Length;
            var stream = image[from..];
            if (CompressionFormats.Recognize(stream.Span) != CompressionFormat.Gzip)
            {
                continue;
            }

            if (Gzip.TryDecompress(stream, out var data, out var damage, LargestText)
                && stream.Span[data.CompressedLength..].StartsWith(End))
            {
                text = data.Content;
                error = null;
                return true;
            }

            error = Diagnostic.Error(
                DiagnosticCodes.ConfigurationMissing,
                "the kernel's configuration (IKCONFIG) is damaged: " + (damage?.Message ?? "its end marker is missing"),
                "copy the file again") with { Offset = from };
        }

        return false;
    }
}
