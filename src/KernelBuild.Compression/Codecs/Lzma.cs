using System.Buffers.Binary;
using System.Numerics;
using KernelBuild.Diagnostics;
using SharpCompress.Compressors.LZMA;

namespace KernelBuild.Compression.Codecs;

/// <summary>.lzma, the older form, read only: properties, dictionary size, content size, data. It has no checksum.</summary>
internal static class Lzma
{
    private const string Format = "lzma";
    private const int HeaderLength = 13;
    private const int PropertiesLength = 5;

    /// <summary>No magic: properties 0x5d, a dictionary of a power of two, and a size that is unknown or below 1 TiB.</summary>
    public static bool IsHeader(ReadOnlySpan<byte> stream) =>
        stream.Length >= HeaderLength && stream[0] == 0x5d && BitOperations.IsPow2(BinaryPrimitives.ReadUInt32LittleEndian(stream[1..]))
        && BinaryPrimitives.ReadUInt64LittleEndian(stream[PropertiesLength..]) is ulong.MaxValue or < (1UL << 40);

    public static Diagnostic? Read(ReadOnlyMemory<byte> stored, OutputBuffer output, out int length)
    {
        length = HeaderLength;
        var header = stored.Span[..HeaderLength];
        var dictionarySize = BinaryPrimitives.ReadUInt32LittleEndian(header[1..]);
        var size = BinaryPrimitives.ReadInt64LittleEndian(header[PropertiesLength..]);
        if (dictionarySize > LzmaDecoding.LargestDictionary)
        {
            return LzmaDecoding.NeedsTooMuch(Format);
        }

        if (size > output.MaximumLength - output.Length)
        {
            return Decompressor.TooLarge(Format, output.MaximumLength);
        }

        var properties = header[..PropertiesLength].ToArray();
        BinaryPrimitives.WriteUInt32LittleEndian(properties.AsSpan(1), Math.Max(dictionarySize, LzmaDecoding.SmallestDictionary));
        using var input = new InputStream(stored[HeaderLength..]);
        var isWhole = LzmaDecoding.IsStart(stored.Span[HeaderLength..])
            && LzmaDecoding.TryFill(output, () => LzmaStream.Create(properties, input, -1, size, null, isLzma2: false, leaveOpen: true));
        length += (int)input.Position;
        return isWhole ? null : Decompressor.Invalid(Format, length, $"damaged or cut short; {output.Length} bytes could be read");
    }
}
