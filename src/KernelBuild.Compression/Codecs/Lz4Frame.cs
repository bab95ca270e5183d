using System.IO.Hashing;
using System.Numerics;
using K4os.Compression.LZ4;
using KernelBuild.Compression.Memory;
using KernelBuild.Diagnostics;

namespace KernelBuild.Compression.Codecs;

/// <summary>
/// LZ4's frame format, which some boot loaders unpack; Linux itself does not. Source:
/// https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md.
/// </summary>
internal static class Lz4Frame
{
    private const string Format = "lz4";
    private const int Version = 1;
    private const int FarthestMatch = 65535;
    private const uint Uncompressed = 0x8000_0000;

    /// <summary>
    /// One frame as <c>lz4 -12 --content-size</c> makes it, but for independent blocks: of 4 MiB, with a checksum of the content. The frame is
    /// written here because K4os.Compression.LZ4.Streams 1.3.8 refuses a content size ("not implemented"), and has no parallel blocks.
    /// </summary>
    public static ReadOnlyMemory<byte> Compress(ReadOnlyMemory<byte> content) => Compress(
        content, new FrameOptions(4 << 20, AreIndependent: true, HasBlockChecksums: false, HasContentChecksum: true, ContentSize: 0, Start: 0));

    /// <summary>A frame with the blocks and the checksums of another, which a decoder may rely on.</summary>
    public static ReadOnlyMemory<byte> CompressLike(ReadOnlyMemory<byte> stored, ReadOnlyMemory<byte> content) =>
        ReadHeader(stored.Span, 0, out _, out var frame) is null ? Compress(content, frame) : Compress(content);

    private static ReadOnlyMemory<byte> Compress(ReadOnlyMemory<byte> content, FrameOptions frame)
    {
        var blocks = new ReadOnlyMemory<byte>[(content.Length + (long)frame.BlockLength - 1) / frame.BlockLength];
        Parallel.For(0, blocks.Length, i =>
        {
            var source = content.Slice(i * frame.BlockLength, LengthOf(i));
            var target = new byte[LZ4Codec.MaximumOutputSize(source.Length)];
            var length = LZ4Codec.Encode(source.Span, target, LZ4Level.L12_MAX);
            blocks[i] = length < source.Length ? target.AsMemory(0, length) : source;
        });

        var stored = new MemoryStream();
        WriteHeader(stored, frame, content.Length);
        foreach (var (i, block) in blocks.Index())
        {
            stored.Write(BitConverter.GetBytes((uint)block.Length | (block.Length == LengthOf(i) ? Uncompressed : 0)));
            stored.Write(block.Span);
            if (frame.HasBlockChecksums)
            {
                stored.Write(BitConverter.GetBytes(XxHash32.HashToUInt32(block.Span)));
            }
        }

        stored.Write(BitConverter.GetBytes(0u));
        if (frame.HasContentChecksum)
        {
            stored.Write(BitConverter.GetBytes(XxHash32.HashToUInt32(content.Span)));
        }

        return stored.ToArray();

        int LengthOf(int block) => Math.Min(frame.BlockLength, content.Length - (block * frame.BlockLength));
    }

    private static void WriteHeader(MemoryStream stored, FrameOptions frame, int contentLength)
    {
        const byte independent = 0x20, blockChecksums = 0x10, contentSize = 8, contentChecksum = 4;
        var flags = (Version << 6) | independent | (frame.HasBlockChecksums ? blockChecksums : 0)
            | (frame.ContentSize is null ? 0 : contentSize) | (frame.HasContentChecksum ? contentChecksum : 0);

        // 64 KiB is code 4, and each further one four times as much
        var blockCode = (BitOperations.Log2((uint)frame.BlockLength) - 8) / 2;
        byte[] descriptor =
        [
            (byte)flags, (byte)(blockCode << 4), .. frame.ContentSize is null ? [] : BitConverter.GetBytes((ulong)contentLength),
        ];
        stored.Write([0x04, 0x22, 0x4d, 0x18, .. descriptor, (byte)(XxHash32.HashToUInt32(descriptor) >> 8)]);
    }

    public static Diagnostic? Read(ReadOnlyMemory<byte> stored, OutputBuffer output, out int length)
    {
        var span = stored.Span;
        if (ReadHeader(span, output.Length, out length, out var frame) is { } headerError)
        {
            return headerError;
        }

        while (true)
        {
            if (span.Length - length < sizeof(uint))
            {
                return Decompressor.Invalid(Format, length, "cut short: its end marker is missing");
            }

            var size = LittleEndian.U32(span, length);
            length += sizeof(uint);
            if (size == 0)
            {
                break;
            }

            if (ReadBlock(span, ref length, size, frame, output) is { } error)
            {
                return error;
            }
        }

        if (frame.HasContentChecksum)
        {
            var hash = XxHash32.HashToUInt32(output.Content.Span[frame.Start..]);
            if (span.Length - length < sizeof(uint) || LittleEndian.U32(span, length) != hash)
            {
                return Decompressor.Invalid(Format, length, "the checksum of the content is wrong or missing");
            }

            length += sizeof(uint);
        }

        return frame.ContentSize is { } expected && expected != (ulong)(output.Length - frame.Start)
            ? Decompressor.Invalid(
                Format, length, $"its header says {expected} bytes of content, and there are {output.Length - frame.Start}")
            : null;
    }

    private static Diagnostic? ReadHeader(ReadOnlySpan<byte> span, int start, out int length, out FrameOptions frame)
    {
        const int shortestHeader = 7;
        length = 0;
        frame = default;
        if (span.Length < shortestHeader)
        {
            return Decompressor.Invalid(Format, 0, "cut short in its header");
        }

        var flags = span[4];
        var hasContentSize = (flags & 8) != 0;
        length = shortestHeader + (hasContentSize ? sizeof(ulong) : 0) + ((flags & 1) != 0 ? sizeof(uint) : 0);
        var blockCode = span[5] >> 4 & 7;
        if (flags >> 6 != Version || blockCode < 4 || span.Length < length)
        {
            return Decompressor.Invalid(Format, 0, "a header of an unknown version, or cut short");
        }

        if ((byte)(XxHash32.HashToUInt32(span[4..(length - 1)]) >> 8) != span[length - 1])
        {
            return Decompressor.Invalid(Format, 0, "the checksum of its header is wrong");
        }

        frame = new FrameOptions(
            1 << (8 + (2 * blockCode)),
            AreIndependent: (flags & 0x20) != 0,
            HasBlockChecksums: (flags & 0x10) != 0,
            HasContentChecksum: (flags & 4) != 0,
            hasContentSize ? LittleEndian.U64(span, 6) : null,
            start);
        return null;
    }

    private static Diagnostic? ReadBlock(ReadOnlySpan<byte> span, ref int offset, uint size, FrameOptions frame, OutputBuffer output)
    {
        var length = size & ~Uncompressed;
        if (length > span.Length - offset || length > frame.BlockLength)
        {
            return Decompressor.Invalid(
                Format, offset, $"cut short or damaged: a block of {length} bytes is announced, and {span.Length - offset} are left");
        }

        var block = span.Slice(offset, (int)length);
        offset += block.Length;
        if (frame.HasBlockChecksums)
        {
            if (span.Length - offset < sizeof(uint) || LittleEndian.U32(span, offset) != XxHash32.HashToUInt32(block))
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
            // A block may copy from what the frame's blocks before it hold.
            var history = frame.AreIndependent ? 0 : Math.Min(output.Length - frame.Start, FarthestMatch);
            var room = (int)Math.Min(frame.BlockLength, length * 255L);
            var target = output.WithHistory(history, room);
            var count = LZ4Codec.Decode(block, target.Slice(history, room), target[..history]);
            if (count < 0)
            {
                return Decompressor.Invalid(Format, offset, "a block is damaged");
            }

            output.Advance(count);
        }

        return output.IsOverLimit ? Decompressor.TooLarge(Format, output.MaximumLength) : null;
    }

    private readonly record struct FrameOptions(
        int BlockLength, bool AreIndependent, bool HasBlockChecksums, bool HasContentChecksum, ulong? ContentSize, int Start);
}
