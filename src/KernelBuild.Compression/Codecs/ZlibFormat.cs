using System.Diagnostics.CodeAnalysis;
using System.IO.Compression;
using KernelBuild.Diagnostics;

namespace KernelBuild.Compression.Codecs;

/// <summary>zlib's own form (RFC 1950), in which overlays of dtbo images can be stored: two bytes, deflate, Adler-32.</summary>
public static class ZlibFormat
{
    /// <summary>Larger than any device tree: 64 MiB.</summary>
    private const int LargestContent = 64 << 20;

    /// <summary>Whether a memory starts as such a stream does: deflate, no dictionary, and a check that is right.</summary>
    public static bool IsHeader(ReadOnlySpan<byte> bytes) =>
        bytes is [var method, var flags, ..] && (method & 0xf) == 8 && method >> 4 <= 7 && (flags & 0x20) == 0
            && ((method << 8) | flags) % 31 == 0;

    /// <summary>Compresses as Python's and AOSP's tools do: zlib at level 6.</summary>
    /// <exception cref="DiagnosticException">KB5013: the library is not on this machine.</exception>
    public static ReadOnlyMemory<byte> Compress(ReadOnlyMemory<byte> content) => Zlib.CompressZlib(content);

    /// <summary>Decompresses.</summary>
    /// <param name="stored">The stream.</param>
    /// <param name="content">Empty when the result is false.</param>
    /// <param name="error">KB5011: damaged, cut short, or more than 64 MiB.</param>
    public static bool TryDecompress(ReadOnlyMemory<byte> stored, out ReadOnlyMemory<byte> content,
        [NotNullWhen(false)] out Diagnostic? error)
    {
        content = default;
        try
        {
            using var feed = new FeedStream(stored);
            using var stream = new ZLibStream(feed, CompressionMode.Decompress);
            using var output = new MemoryStream();
            var buffer = new byte[1 << 16];
            for (int read; (read = stream.Read(buffer)) > 0;)
            {
                output.Write(buffer, 0, read);
                if (output.Length > LargestContent)
                {
                    error = Decompressor.TooLarge("zlib", LargestContent);
                    return false;
                }
            }

            content = output.ToArray();
            var isWhole = stored.Length > 6 && stored.Span[^4..].SequenceEqual(Adler32(content.Span));
            error = isWhole ? null : Decompressor.Invalid("zlib", 0, "cut short, or something follows it");
            return error is null;
        }
        catch (InvalidDataException)
        {
            error = Decompressor.Invalid("zlib", 0, "the compressed data is damaged");
            return false;
        }
    }

    /// <summary>.NET's stream takes a stream that was cut for one that has ended; the checksum at the end tells them apart.</summary>
    private static byte[] Adler32(ReadOnlySpan<byte> content)
    {
        const uint modulus = 65521;
        uint a = 1, b = 0;
        foreach (var value in content)
        {
            a = (a + value) % modulus;
            b = (b + a) % modulus;
        }

        return [(byte)(b >> 8), (byte)b, (byte)(a >> 8), (byte)a];
    }
}
