using System.Diagnostics.CodeAnalysis;
using KernelBuild.Compression.Codecs;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Dtbo;

/// <summary>
/// How version 1 of the table stores an overlay: the low four bits of its flags. Source: AOSP, system/libufdt/utils/README.md.
/// </summary>
public static class DtboCompression
{
    /// <summary>The bits of the flags that say it.</summary>
    public const uint Mask = 0xf;

    private const uint ZlibFlag = 1;
    private const uint GzipFlag = 2;

    /// <summary>The name of what the flags say; null for "not compressed", and for numbers that nobody has given a meaning.</summary>
    /// <param name="version">Of the table: version 0 has no flags.</param>
    /// <param name="flags">The first custom word.</param>
    public static string? NameOf(uint version, uint flags) => version != 1 ? null : (flags & Mask) switch
    {
        ZlibFlag => "zlib",
        GzipFlag => "gzip",
        _ => null,
    };

    /// <summary>The overlay of an entry.</summary>
    /// <param name="content">Empty when the result is false.</param>
    /// <param name="error">KB5011: it is not stored as its flags say.</param>
    public static bool TryRead(uint version, DtboEntry entry, out ReadOnlyMemory<byte> content, [NotNullWhen(false)] out Diagnostic? error)
    {
        content = entry.Content;
        error = null;
        switch (NameOf(version, entry.Custom[0]))
        {
            case "zlib":
                return ZlibFormat.TryDecompress(entry.Content, out content, out error);
            case "gzip" when Gzip.TryDecompress(entry.Content, out var data, out error):
                content = data.Content;
                return true;
            case "gzip":
                content = default;
                return false;
            default:
                return true;
        }
    }

    /// <summary>An overlay as an entry with such flags stores it; one that comes compressed in that form stays as it is.</summary>
    /// <exception cref="DiagnosticException">KB5013: the library is not on this machine.</exception>
    public static ReadOnlyMemory<byte> Store(uint version, uint flags, ReadOnlyMemory<byte> content) => NameOf(version, flags) switch
    {
        "zlib" => ZlibFormat.IsHeader(content.Span) && ZlibFormat.TryDecompress(content, out _, out _)
            ? content
            : ZlibFormat.Compress(content),
        "gzip" => Gzip.TryDecompress(content, out _, out _) ? content : Compressor.Compress(CompressionFormat.Gzip, content),
        _ => content,
    };
}
