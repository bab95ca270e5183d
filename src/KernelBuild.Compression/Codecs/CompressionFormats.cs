using System.Buffers.Binary;
using System.Numerics;

namespace KernelBuild.Compression.Codecs;

/// <summary>Tells compression formats apart by their first bytes.</summary>
public static class CompressionFormats
{
    private const int LzmaHeaderLength = 13;

    /// <summary>The format of a stream; <see cref="CompressionFormat.None"/> when no magic is known.</summary>
    public static CompressionFormat Recognize(ReadOnlySpan<byte> stream) => stream switch
    {
        [0x1f, 0x8b, ..] => CompressionFormat.Gzip,
        [0x02, 0x21, 0x4c, 0x18, ..] => CompressionFormat.Lz4Legacy,
        [0x04, 0x22, 0x4d, 0x18, ..] => CompressionFormat.Lz4Frame,
        [0x28, 0xb5, 0x2f, 0xfd, ..] => CompressionFormat.Zstd,
        [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, ..] => CompressionFormat.Xz,
        [0x89, (byte)'L', (byte)'Z', (byte)'O', 0x00, 0x0d, 0x0a, 0x1a, 0x0a, ..] => CompressionFormat.Lzop,
        [(byte)'B', (byte)'Z', (byte)'h', >= (byte)'1' and <= (byte)'9', ..] => CompressionFormat.Bzip2,
        _ => IsLzma(stream) ? CompressionFormat.Lzma : CompressionFormat.None,
    };

    /// <summary>The name in messages and in JSON, as the programs are called: none, gzip, lz4-legacy, lz4, zstd, xz, lzma, bzip2, lzop.</summary>
    public static string NameOf(CompressionFormat format) => format switch
    {
        CompressionFormat.Gzip => "gzip",
        CompressionFormat.Lz4Legacy => "lz4-legacy",
        CompressionFormat.Lz4Frame => "lz4",
        CompressionFormat.Zstd => "zstd",
        CompressionFormat.Xz => "xz",
        CompressionFormat.Lzma => "lzma",
        CompressionFormat.Bzip2 => "bzip2",
        CompressionFormat.Lzop => "lzop",
        _ => "none",
    };

    /// <summary>The format of a name; null when there is none.</summary>
    public static CompressionFormat? Find(string name)
    {
        foreach (var format in Enum.GetValues<CompressionFormat>())
        {
            if (NameOf(format).Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return format;
            }
        }

        return null;
    }

    /// <summary>LZMA has no magic: properties 0x5d, a dictionary of a power of two, and a size that is unknown (all ones) or below 1 TiB.</summary>
    private static bool IsLzma(ReadOnlySpan<byte> stream)
    {
        if (stream.Length < LzmaHeaderLength || stream[0] != 0x5d || !BitOperations.IsPow2(BinaryPrimitives.ReadUInt32LittleEndian(stream[1..])))
        {
            return false;
        }

        var size = BinaryPrimitives.ReadUInt64LittleEndian(stream[5..]);
        return size is ulong.MaxValue or < (1UL << 40);
    }
}
