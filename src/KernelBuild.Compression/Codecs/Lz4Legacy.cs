using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using K4os.Compression.LZ4;
using KernelBuild.Compression.Memory;
using KernelBuild.Diagnostics;

namespace KernelBuild.Compression.Codecs;

/// <summary>
/// LZ4's legacy frame, <c>lz4 -l</c>: the magic 0x184C2102, then blocks of at most 8 MiB of content, each behind its compressed
/// length (u32, little endian), to the end of the file. It has no checksum.
/// Source: https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md, "Legacy frame"; Linux, lib/decompress_unlz4.c.
/// </summary>
public static class Lz4Legacy
{
    /// <summary>Bytes of content in every block but the last.</summary>
    public const int BlockLength = 8 * 1024 * 1024;

    private const uint Magic = 0x184C2102;
    private const string Format = "lz4-legacy";

    /// <summary>Compresses fast; the result depends on the input only.</summary>
    public static byte[] Compress(ReadOnlyMemory<byte> content) => Compress(content, LZ4Level.L00_FAST);

    /// <summary>Compresses as <c>lz4 -l -12</c> does, byte for byte, which is what stock images have.</summary>
    internal static ReadOnlyMemory<byte> CompressHigh(ReadOnlyMemory<byte> content) => Compress(content, LZ4Level.L12_MAX);

    private static byte[] Compress(ReadOnlyMemory<byte> content, LZ4Level level)
    {
        var blocks = new ReadOnlyMemory<byte>[(content.Length + BlockLength - 1L) / BlockLength];
        Parallel.For(0, blocks.Length, i =>
        {
            var source = content.Span.Slice(i * BlockLength, Math.Min(BlockLength, content.Length - (i * BlockLength)));
            var target = new byte[LZ4Codec.MaximumOutputSize(source.Length)];
            blocks[i] = target.AsMemory(0, LZ4Codec.Encode(source, target, level));
        });

        var stored = new byte[sizeof(uint) + blocks.Sum(block => sizeof(uint) + block.Length)];
        BinaryPrimitives.WriteUInt32LittleEndian(stored, Magic);
        var offset = sizeof(uint);
        foreach (var block in blocks)
        {
            BinaryPrimitives.WriteInt32LittleEndian(stored.AsSpan(offset), block.Length);
            block.Span.CopyTo(stored.AsSpan(offset + sizeof(uint)));
            offset += sizeof(uint) + block.Length;
        }

        return stored;
    }

    /// <summary>
    /// Decompresses one or more frames. The four bytes of content length that Linux's build appends (<c>lz4_with_size</c>) are accepted
    /// at the end, or in front of device trees, when they are right.
    /// </summary>
    /// <param name="stored">The stream; it reaches to a block length of zero or to the end of the memory.</param>
    /// <param name="data">The content; null when the result is false.</param>
    /// <param name="error">KB5011 with the offset of the block that is damaged, cut short or too large.</param>
    /// <param name="maximumLength">Bytes the content may have at most.</param>
    public static bool TryDecompress(
        ReadOnlyMemory<byte> stored,
        [NotNullWhen(true)] out DecompressedData? data,
        [NotNullWhen(false)] out Diagnostic? error,
        long maximumLength = Decompressor.DefaultMaximumLength)
    {
        var codec = CodecTable.Of(CompressionFormat.Lz4Legacy)!;
        if (codec.IsMagic(stored.Span))
        {
            return codec.TryRead(stored, out data, out error, maximumLength);
        }

        data = null;
        error = Decompressor.Invalid(Format, 0, "it does not start with 02 21 4c 18");
        return false;
    }

    internal static Diagnostic? Read(ReadOnlyMemory<byte> stored, OutputBuffer output, out int length)
    {
        var span = stored.Span;
        length = DecodeInParallel(stored, sizeof(uint), output);
        while (length < span.Length)
        {
            if (span.Length - length < sizeof(uint))
            {
                return Decompressor.Invalid(Format, length, "cut short in the length of a block");
            }

            // The magic starts another frame. And as the kernel does: a length of zero ends the stream, and what follows is not part of it.
            var size = LittleEndian.U32(span, length);
            if (size is Magic or 0)
            {
                return null;
            }

            // Image.lz4-dtb: device trees stand behind the stream, or behind the length that Linux's build appends.
            var behind = length + sizeof(uint);
            if (SizeSuffix.IsDeviceTree(span[length..]))
            {
                return null;
            }

            if (size == (uint)output.Length && (behind == span.Length || SizeSuffix.IsDeviceTree(span[behind..])))
            {
                length = behind;
                return null;
            }

            if (DecodeBlock(span, length, size, output) is { } error)
            {
                return error;
            }

            length += sizeof(uint) + (int)size;
        }

        return null;
    }

    /// <summary>Whether a sound stream ends where a block does, so that what follows it is no part of one.</summary>
    internal static bool EndsWithBlock(ReadOnlySpan<byte> stored)
    {
        long at = 0;
        while (stored.Length - at >= sizeof(uint))
        {
            var size = LittleEndian.U32(stored, (int)at);
            at += sizeof(uint) + (size == Magic ? 0L : size);
        }

        return at == stored.Length;
    }

    /// <summary>
    /// Decodes a run of blocks on all cores: each knows nothing of the others, and all but the last hold 8 MiB, so that it is known where
    /// each goes.
    /// </summary>
    /// <returns>
    /// The offset behind them; the one given when they are not of that kind, or something is wrong: one by one they say what.
    /// </returns>
    private static int DecodeInParallel(ReadOnlyMemory<byte> stored, int offset, OutputBuffer output)
    {
        var blocks = new List<Range>();
        var end = offset;
        while (stored.Length - end > sizeof(uint)
            && LittleEndian.U32(stored.Span, end) is > 0 and not Magic and var length && length <= stored.Length - end - sizeof(uint))
        {
            var start = end + sizeof(uint);
            end = start + (int)length;
            blocks.Add(start..end);
        }

        // Where so much content is unlikely, one block after the other shows whether it is there before there is memory for it.
        var room = (long)blocks.Count * BlockLength;
        if (blocks.Count < 2 || output.Length + room > output.MaximumLength || room > (stored.Length * 4L) + BlockLength)
        {
            return offset;
        }

        output.Room((int)room);
        var content = output.Free;
        var counts = new int[blocks.Count];
        Parallel.For(
            0, blocks.Count, i => counts[i] = LZ4Codec.Decode(stored[blocks[i]].Span, content.Slice(i * BlockLength, BlockLength).Span));
        if (counts[^1] < 0 || counts.AsSpan()[..^1].ContainsAnyExcept(BlockLength))
        {
            return offset;
        }

        output.Advance(((blocks.Count - 1) * BlockLength) + counts[^1]);
        return end;
    }

    private static Diagnostic? DecodeBlock(ReadOnlySpan<byte> span, int offset, uint size, OutputBuffer output)
    {
        var left = span.Length - offset - sizeof(uint);
        if (size > left)
        {
            return Decompressor.Invalid(Format, offset, $"cut short or damaged: a block of {size} bytes is announced, and {left} are left");
        }

        // LZ4 makes at most 255 bytes out of one.
        var room = (int)Math.Min(BlockLength, size * 255L);
        var count = LZ4Codec.Decode(span.Slice(offset + sizeof(uint), (int)size), output.Room(room)[..room]);
        if (count < 0)
        {
            return Decompressor.Invalid(Format, offset, "a block is damaged, or holds more than 8 MiB");
        }

        output.Advance(count);
        return output.IsOverLimit ? Decompressor.TooLarge(Format, output.MaximumLength) : null;
    }
}
