using System.Diagnostics.CodeAnalysis;
using KernelBuild.Diagnostics;

namespace KernelBuild.Compression.Codecs;

/// <summary>The formats, in the order in which their magics are tried; and the loop that reads any of them.</summary>
internal static class CodecTable
{
    // .lzma is the last: it has no magic, and is recognised by fields that make sense.
    private static readonly Codec[] Codecs =
    [
        new(CompressionFormat.Gzip, "gzip", static s => s is [0x1f, 0x8b, ..], Gzip.Read, Zlib.CompressGzip)
        {
            Expect = Gzip.ExpectedLength,
        },
        new(CompressionFormat.Lz4Legacy, "lz4-legacy", static s => s is [2, 0x21, 0x4c, 0x18, ..], Lz4Legacy.Read, Lz4Legacy.CompressHigh),
        new(CompressionFormat.Lz4Frame, "lz4", static s => s is [0x04, 0x22, 0x4d, 0x18, ..], Lz4Frame.Read, Lz4Frame.Compress)
        {
            WriteLike = Lz4Frame.CompressLike,
        },
        new(CompressionFormat.Zstd, "zstd", static s => s is [0x28, 0xb5, 0x2f, 0xfd, ..], Zstd.Read, Zstd.Compress)
        {
            HasSizeSuffix = true,
        },
        new(CompressionFormat.Xz, "xz", static s => s is [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, ..], XzReader.Read, XzWriter.Compress)
        {
            HasSizeSuffix = true,
        },
        new(CompressionFormat.Lzop, "lzop", static s => s is [0x89, 0x4c, 0x5a, 0x4f, 0x00, 0x0d, 0x0a, 0x1a, 0x0a, ..], Lzop.Read),
        new(
            CompressionFormat.Bzip2, "bzip2", static s => s is [0x42, 0x5a, 0x68, >= (byte)'1' and <= (byte)'9', ..], Bzip2.Read,
            Bzip2.Compress)
        {
            HasSizeSuffix = true,
            WriteLike = Bzip2.CompressLike,
        },
        new(CompressionFormat.Lzma, "lzma", Lzma.IsHeader, Lzma.Read, LzmaWriter.Compress)
        {
            HasMembers = false,
            HasSizeSuffix = true,
            WriteLike = LzmaWriter.CompressLike,
        },
    ];

    /// <summary>The codec of a format; null for <see cref="CompressionFormat.None"/>.</summary>
    public static Codec? Of(CompressionFormat format) => Array.Find(Codecs, codec => codec.Format == format);

    /// <summary>The codec of a name; null when no format is called so.</summary>
    public static Codec? Of(string name) => Array.Find(Codecs, codec => codec.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>The codec by the first bytes of a stream; null when no magic is known.</summary>
    public static Codec? Recognize(ReadOnlySpan<byte> stream)
    {
        foreach (var codec in Codecs)
        {
            if (codec.IsMagic(stream))
            {
                return codec;
            }
        }

        return null;
    }

    /// <summary>Reads all members, or only the first; what follows is not touched.</summary>
    public static bool TryRead(
        this Codec codec,
        ReadOnlyMemory<byte> stored,
        [NotNullWhen(true)] out DecompressedData? data,
        [NotNullWhen(false)] out Diagnostic? error,
        long maximumLength,
        bool onlyFirst = false)
    {
        var output = new OutputBuffer(maximumLength, codec.Expect(stored.Span));
        var offset = 0;
        do
        {
            error = codec.Read(stored[offset..], output, out var length);
            if (output.IsOverLimit)
            {
                error = Decompressor.TooLarge(codec.Name, maximumLength);
            }

            if (error is not null)
            {
                data = null;
                error = error.Offset is { } at ? error with { Offset = offset + at } : error;
                return false;
            }

            offset += length;
        }
        while (!onlyFirst && codec.HasMembers && codec.IsMagic(stored.Span[offset..]));

        if (!onlyFirst && codec.HasSizeSuffix && SizeSuffix.IsAt(stored.Span, offset, output.Length))
        {
            offset += SizeSuffix.Length;
        }

        data = new DecompressedData(codec.Format, output.Content, offset);
        return true;
    }
}
