using System.Buffers.Binary;
using SharpCompress.Compressors.LZMA;

namespace KernelBuild.Compression.Codecs;

/// <summary>
/// LZMA2: chunks, each behind a byte that says what it is, until one of zero. The chunks tell both lengths, so that these are known
/// before a byte is decoded.
/// The byte: 0 the end, 1 stored as it is with a new dictionary, 2 stored as it is; from 0x80 on compressed, from 0xc0 on
/// with new properties, from 0xe0 on with a new dictionary too, the five low bits being the high ones of the content's length.
/// </summary>
internal static class Lzma2
{
    private const byte StoredWithReset = 1;
    private const byte Stored = 2;
    private const byte Compressed = 0x80;
    private const byte NewProperties = 0xc0;
    private const byte NewDictionary = 0xe0;
    private const int SizeBits = 0x1f;
    private const int LargestSizeCode = 40;

    /// <summary>Whether a dictionary is larger than allowed, by LZMA2's property byte: 2 or 3 times a power of two.</summary>
    public static bool IsTooLarge(byte dictionarySize) =>
        dictionarySize > LargestSizeCode || (2UL | dictionarySize & 1U) << (dictionarySize / 2 + 11) > LzmaDecoding.LargestDictionary;

    /// <summary>Goes through the chunks.</summary>
    /// <param name="data">The chunks and all that follows them.</param>
    /// <param name="storedLength">Bytes of the chunks, with the mark that ends them.</param>
    /// <param name="contentLength">Bytes of their content.</param>
    /// <returns>False when a chunk is impossible where it stands, or no mark ends them.</returns>
    public static bool TryMeasure(ReadOnlySpan<byte> data, out int storedLength, out long contentLength)
    {
        contentLength = 0;
        var needsDictionary = true;
        var needsProperties = true;
        for (storedLength = 0; storedLength < data.Length;)
        {
            var control = data[storedLength++];
            if (control == 0)
            {
                return true;
            }

            var isFresh = control is >= NewDictionary or StoredWithReset;
            var hasProperties = control >= NewProperties;
            var headerLength = control < Compressed ? 2 : hasProperties ? 5 : 4;
            needsProperties = (needsProperties || isFresh) && !hasProperties;
            if ((needsDictionary && !isFresh) || (control < Compressed ? control > Stored : needsProperties)
                || data.Length - storedLength < headerLength)
            {
                return false;
            }

            needsDictionary = false;
            var header = data.Slice(storedLength, headerLength);
            storedLength += headerLength;
            var size = BinaryPrimitives.ReadUInt16BigEndian(header) + 1;
            contentLength += size;
            if (control >= Compressed)
            {
                if ((hasProperties && !ArePossible(header[4])) || !LzmaDecoding.IsStart(data[storedLength..]))
                {
                    return false;
                }

                contentLength += (control & SizeBits) << 16;
                size = BinaryPrimitives.ReadUInt16BigEndian(header[2..]) + 1;
            }

            storedLength += size;
        }

        return false;
    }

    /// <summary>Decodes what <see cref="TryMeasure"/> has measured.</summary>
    public static bool TryDecode(ReadOnlyMemory<byte> data, byte dictionarySize, int contentLength, OutputBuffer output)
    {
        var start = output.Length;
        output.Room(contentLength + 1);
        using var input = new InputStream(data);
        return LzmaDecoding.TryFill(
                output, () => LzmaStream.Create([dictionarySize], input, data.Length, contentLength, null, isLzma2: true, leaveOpen: true))
            && output.Length - start == contentLength && input.Position == data.Length;
    }

    /// <summary>pb, lp and lc in one number; of lc and lp LZMA2 allows four together.</summary>
    private static bool ArePossible(byte properties) => properties / 45 <= 4 && (properties % 9) + (properties / 9 % 5) <= 4;
}
