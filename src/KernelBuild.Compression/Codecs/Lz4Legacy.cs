using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using KernelBuild.Compression.Libraries;
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
    private const int HighLevel = 12;

    /// <summary>Compresses; the result depends on the input only.</summary>
    public static byte[] Compress(ReadOnlyMemory<byte> content)
    {
        using var output = new MemoryStream((content.Length / 2) + 64);
        Span<byte> word = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(word, Magic);
        output.Write(word);
        var block = new byte[Lz4BlockEncoder.Bound(Math.Min(content.Length, BlockLength))];
        var positions = new int[1 << 16];
        for (var offset = 0; offset < content.Length; offset += BlockLength)
        {
            var source = content.Span.Slice(offset, Math.Min(BlockLength, content.Length - offset));
            var length = Lz4BlockEncoder.Encode(source, block, positions);
            BinaryPrimitives.WriteInt32LittleEndian(word, length);
            output.Write(word);
            output.Write(block, 0, length);
        }

        return output.ToArray();
    }

    /// <summary>Compresses as <c>lz4 -l -12</c> does, byte for byte, which is what stock images have.</summary>
    /// <exception cref="DiagnosticException">KB5013: liblz4 is missing.</exception>
    public static byte[] CompressHigh(ReadOnlyMemory<byte> content)
    {
        using var output = new MemoryStream((content.Length / 2) + 64);
        Span<byte> word = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(word, Magic);
        output.Write(word);
        var block = new byte[Lz4BlockEncoder.Bound(Math.Min(content.Length, BlockLength))];
        for (var offset = 0; offset < content.Length; offset += BlockLength)
        {
            var source = content.Slice(offset, Math.Min(BlockLength, content.Length - offset));
            var length = NativeLibraries.Call(NativeLibraries.LibLz4, () => CompressBlock(source, block));
            BinaryPrimitives.WriteInt32LittleEndian(word, length);
            output.Write(word);
            output.Write(block, 0, length);
        }

        return output.ToArray();
    }

    private static unsafe int CompressBlock(ReadOnlyMemory<byte> source, byte[] target)
    {
        using var pinned = source.Pin();
        fixed (byte* output = target)
        {
            return NativeLibraries.Lz4CompressHigh((byte*)pinned.Pointer, output, source.Length, target.Length, HighLevel);
        }
    }

    /// <summary>
    /// Decompresses one or more frames. The four bytes of content length that Linux's build appends (<c>lz4_with_size</c>) are accepted
    /// at the end when they are right.
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
        data = null;
        error = null;
        var span = stored.Span;
        var output = new OutputBuffer(maximumLength, Math.Min(stored.Length * 4L, maximumLength));
        if (span.Length < sizeof(uint) || U32(span, 0) != Magic)
        {
            error = Decompressor.Invalid(Format, 0, "it does not start with 02 21 4c 18");
            return false;
        }

        var offset = DecodeInParallel(stored, sizeof(uint), output, maximumLength);
        while (offset < span.Length)
        {
            if (span.Length - offset < sizeof(uint))
            {
                error = Decompressor.Invalid(Format, offset, "cut short in the length of a block");
                return false;
            }

            var length = U32(span, offset);
            if (length == Magic)
            {
                offset += sizeof(uint);
                continue;
            }

            // As the kernel does: a length of zero ends the stream, and what follows is not part of it.
            if (length == 0)
            {
                data = new DecompressedData(CompressionFormat.Lz4Legacy, output.Content, offset);
                return true;
            }

            if (span.Length - offset == sizeof(uint) && length == (uint)output.Length)
            {
                break;
            }

            if (!TryDecodeBlock(span, offset, length, output, maximumLength, out error))
            {
                return false;
            }

            offset += sizeof(uint) + (int)length;
        }

        data = new DecompressedData(CompressionFormat.Lz4Legacy, output.Content, span.Length);
        return true;
    }

    /// <summary>
    /// Decodes a run of blocks on all cores: each knows nothing of the others, and all but the last hold 8 MiB, so that it is known where
    /// each goes.
    /// </summary>
    /// <returns>The offset behind them; the one given when they are not of that kind, or something is wrong with them: going through them one by one says what.</returns>
    private static int DecodeInParallel(ReadOnlyMemory<byte> stored, int offset, OutputBuffer output, long maximumLength)
    {
        var blocks = new List<Range>();
        var end = offset;
        while (stored.Length - end > sizeof(uint) && U32(stored.Span, end) is > 0 and not Magic and var length && length <= stored.Length - end - sizeof(uint))
        {
            var start = end + sizeof(uint);
            end = start + (int)length;
            blocks.Add(start..end);
        }

        // Where so much content is unlikely, one block after the other shows whether it is there before there is memory for it.
        var room = (long)blocks.Count * BlockLength;
        if (blocks.Count < 2 || room > Math.Min(maximumLength, (stored.Length * 4L) + BlockLength))
        {
            return offset;
        }

        output.Room((int)room);
        var content = output.Free;
        var counts = new int[blocks.Count];
        Parallel.For(0, blocks.Count, i => counts[i] = Lz4BlockDecoder.Decode(stored[blocks[i]].Span, content.Slice(i * BlockLength, BlockLength).Span));
        if (counts[^1] < 0 || counts.AsSpan()[..^1].ContainsAnyExcept(BlockLength))
        {
            return offset;
        }

        output.Advance(((blocks.Count - 1) * BlockLength) + counts[^1]);
        return end;
    }

    private static bool TryDecodeBlock(ReadOnlySpan<byte> span, int offset, uint length, OutputBuffer output, long maximumLength, [NotNullWhen(false)] out Diagnostic? error)
    {
        if (length > span.Length - offset - sizeof(uint))
        {
            error = Decompressor.Invalid(Format, offset, $"cut short or damaged: a block of {length} bytes is announced, and {span.Length - offset - sizeof(uint)} are left");
            return false;
        }

        // LZ4 makes at most 255 bytes out of one.
        var room = (int)Math.Min(BlockLength, length * 255L);
        var count = Lz4BlockDecoder.Decode(span.Slice(offset + sizeof(uint), (int)length), output.Room(room)[..room]);
        if (count < 0)
        {
            error = Decompressor.Invalid(Format, offset, "a block is damaged, or holds more than 8 MiB");
            return false;
        }

        output.Advance(count);
        error = output.IsOverLimit ? Decompressor.TooLarge(Format, maximumLength) : null;
        return error is null;
    }

    private static uint U32(ReadOnlySpan<byte> span, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(span[offset..]);
}
