using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using KernelBuild.Diagnostics;

namespace KernelBuild.Compression.Codecs;

/// <summary>
/// LZ4's frame format, read only: Linux does not unpack it. Source: https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md.
/// </summary>
public static class Lz4Frame
{
    private const string Format = "lz4";
    private const int Version = 1;
    private const int FarthestMatch = 65535;
    private const uint Uncompressed = 0x8000_0000;

    /// <summary>Decompresses one or more frames; all checksums are checked.</summary>
    /// <param name="stored">The stream; what follows the last frame is not touched.</param>
    /// <param name="data">The content; null when the result is false.</param>
    /// <param name="error">KB5011: damaged, cut short or too large.</param>
    /// <param name="maximumLength">Bytes the content may have at most.</param>
    public static bool TryDecompress(
        ReadOnlyMemory<byte> stored,
        [NotNullWhen(true)] out DecompressedData? data,
        [NotNullWhen(false)] out Diagnostic? error,
        long maximumLength = Decompressor.DefaultMaximumLength)
    {
        data = null;
        var output = new OutputBuffer(maximumLength, Math.Min(stored.Length * 4L, maximumLength));
        var offset = 0;
        do
        {
            error = ReadFrame(stored.Span, ref offset, output, maximumLength);
            if (error is not null)
            {
                return false;
            }
        }
        while (CompressionFormats.Recognize(stored.Span[offset..]) == CompressionFormat.Lz4Frame);

        data = new DecompressedData(CompressionFormat.Lz4Frame, output.Content, offset);
        return true;
    }

    private static Diagnostic? ReadFrame(ReadOnlySpan<byte> span, ref int offset, OutputBuffer output, long maximumLength)
    {
        const int shortestHeader = 7;
        if (span.Length - offset < shortestHeader)
        {
            return Decompressor.Invalid(Format, offset, "cut short in its header");
        }

        var flags = span[offset + 4];
        var hasContentSize = (flags & 8) != 0;
        var headerLength = shortestHeader + (hasContentSize ? sizeof(ulong) : 0) + ((flags & 1) != 0 ? sizeof(uint) : 0);
        var blockCode = span[offset + 5] >> 4 & 7;
        if (flags >> 6 != Version || blockCode < 4 || span.Length - offset < headerLength)
        {
            return Decompressor.Invalid(Format, offset, "a header of an unknown version, or cut short");
        }

        var descriptor = span[(offset + 4)..(offset + headerLength - 1)];
        if ((byte)(Xxh32.Hash(descriptor) >> 8) != span[offset + headerLength - 1])
        {
            return Decompressor.Invalid(Format, offset, "the checksum of its header is wrong");
        }

        var start = output.Length;
        var contentSize = hasContentSize ? BinaryPrimitives.ReadUInt64LittleEndian(span[(offset + 6)..]) : 0;
        var options = new FrameOptions(1 << (8 + (2 * blockCode)), (flags & 0x20) != 0, (flags & 0x10) != 0, start);
        offset += headerLength;
        while (true)
        {
            if (span.Length - offset < sizeof(uint))
            {
                return Decompressor.Invalid(Format, offset, "cut short: no mark ends it");
            }

            var size = U32(span, offset);
            offset += sizeof(uint);
            if (size == 0)
            {
                break;
            }

            if (ReadBlock(span, ref offset, size, options, output, maximumLength) is { } error)
            {
                return error;
            }
        }

        if ((flags & 4) != 0)
        {
            if (span.Length - offset < sizeof(uint) || U32(span, offset) != Xxh32.Hash(output.Content.Span[start..]))
            {
                return Decompressor.Invalid(Format, offset, "the checksum of the content is wrong or missing");
            }

            offset += sizeof(uint);
        }

        return hasContentSize && contentSize != (ulong)(output.Length - start)
            ? Decompressor.Invalid(Format, offset, $"its header says {contentSize} bytes of content, and there are {output.Length - start}")
            : null;
    }

    private static Diagnostic? ReadBlock(ReadOnlySpan<byte> span, ref int offset, uint size, FrameOptions options, OutputBuffer output, long maximumLength)
    {
        var length = size & ~Uncompressed;
        if (length > span.Length - offset || length > options.BlockLength)
        {
            return Decompressor.Invalid(Format, offset, $"cut short or damaged: a block of {length} bytes is announced, and {span.Length - offset} are left");
        }

        var block = span.Slice(offset, (int)length);
        offset += block.Length;
        if (options.HasBlockChecksums)
        {
            if (span.Length - offset < sizeof(uint) || U32(span, offset) != Xxh32.Hash(block))
            {
                return Decompressor.Invalid(Format, offset, "the checksum of a block is wrong or missing");
            }

            offset += sizeof(uint);
        }

        if ((size & Uncompressed) != 0)
        {
            block.CopyTo(output.Room(block.Length));
            output.Advance(block.Length);
        }
        else
        {
            var history = options.AreIndependent ? 0 : Math.Min(output.Length - options.Start, FarthestMatch);
            var room = (int)Math.Min(options.BlockLength, length * 255L);
            var count = Lz4BlockDecoder.Decode(block, output.WithHistory(history, room)[..(history + room)], history);
            if (count < 0)
            {
                return Decompressor.Invalid(Format, offset, "a block is damaged");
            }

            output.Advance(count);
        }

        return output.IsOverLimit ? Decompressor.TooLarge(Format, maximumLength) : null;
    }

    private static uint U32(ReadOnlySpan<byte> span, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(span[offset..]);

    private readonly record struct FrameOptions(int BlockLength, bool AreIndependent, bool HasBlockChecksums, int Start);
}
