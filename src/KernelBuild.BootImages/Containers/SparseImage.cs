using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using KernelBuild.Compression.Memory;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Containers;

/// <summary>
/// Android's sparse images: a header, and chunks that stand for blocks of the image: their bytes, four bytes that fill them, or nothing at
/// all. Integers are little endian. Source: AOSP, system/core/libsparse/sparse_format.h.
/// </summary>
public static class SparseImage
{
    private const int HeaderLength = 28;
    private const int ChunkHeaderLength = 12;
    private const ushort Raw = 0xcac1;
    private const ushort Fill = 0xcac2;
    private const ushort DontCare = 0xcac3;
    private const ushort Crc = 0xcac4;
    private const int FillLength = sizeof(uint);

    private static ReadOnlySpan<byte> Magic => [0x3a, 0xff, 0x26, 0xed];

    public static bool IsSparse(ReadOnlySpan<byte> file) => file.StartsWith(Magic);

    /// <summary>The image that a file stands for.</summary>
    /// <exception cref="DiagnosticException">KB5041: damaged, cut, or more than 2 GiB.</exception>
    public static byte[] Read(ReadOnlyMemory<byte> file, out SparseHeader header)
    {
        var source = Open(ByteSource.Of(file), out header);
        return source.ToArray(0, source.Length);
    }

    /// <summary>The image that a file stands for, read where it is wanted.</summary>
    /// <exception cref="DiagnosticException">KB5041: damaged or cut.</exception>
    public static ByteSource Open(ByteSource file, out SparseHeader header)
    {
        header = ReadHeader(file);
        var extents = new List<SourceExtent>();
        long at = header.HeaderLength;
        long blocks = 0;
        for (uint chunk = 0; chunk < header.Chunks; chunk++)
        {
            var (kind, count, length) = ReadChunk(file, header, at, chunk);
            var data = at + header.ChunkHeaderLength;
            var content = count * header.BlockLength;
            switch (kind)
            {
                case Raw:
                    extents.Add(new SourceExtent(file, data, content));
                    break;
                case Fill:
                    extents.Add(FillOf(file.ToArray(data, FillLength), content));
                    break;
                case DontCare:
                    extents.Add(new SourceExtent(null, 0, content));
                    break;
            }

            blocks += kind == Crc ? 0 : count;
            at += length;
        }

        return blocks == header.Blocks
            ? new ExtentSource(extents)
            : throw Invalid($"its chunks stand for {blocks} blocks, and its header says {header.Blocks}", 0);
    }

    /// <summary>A sparse image of blocks: those that one word fills are stored as that word, the others as they are, as img2simg does.</summary>
    /// <param name="content">A last block that is not full is filled with zeros.</param>
    /// <param name="blockLength">Bytes; a multiple of four.</param>
    public static ReadOnlySequence<byte> Write(ReadOnlyMemory<byte> content, uint blockLength)
    {
        var chunks = Chunks(content, (int)blockLength);
        var header = new byte[HeaderLength];
        Magic.CopyTo(header);
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(4), 1);
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(8), HeaderLength);
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(10), ChunkHeaderLength);
        LittleEndian.PutU32(header, 12, blockLength);
        LittleEndian.PutU32(header, 16, (uint)Align.Units(content.Length, blockLength));
        LittleEndian.PutU32(header, 20, (uint)chunks.Count);
        return ByteSequence.Of([header, .. chunks.SelectMany(chunk => Pieces(chunk, content, (int)blockLength))]);
    }

    private static SparseHeader ReadHeader(ByteSource file)
    {
        if (file.Length < HeaderLength)
        {
            throw Invalid("it is cut in its header", 0);
        }

        var bytes = file.ToArray(0, HeaderLength);
        var header = new SparseHeader(
            LittleEndian.U32(bytes, 12), LittleEndian.U32(bytes, 16), LittleEndian.U32(bytes, 20),
            BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(8)), BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(10)));
        var version = BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(4));
        return !IsSparse(bytes) || version != 1 || header.HeaderLength < HeaderLength || header.ChunkHeaderLength < ChunkHeaderLength
            || header.BlockLength is 0 or > 1 << 24 || header.BlockLength % FillLength != 0
            ? throw Invalid(
                $"its header is impossible: version {version}, {header.HeaderLength} and {header.ChunkHeaderLength} bytes of headers, "
                + $"blocks of {header.BlockLength}", 0)
            : header;
    }

    private static (ushort Kind, long Blocks, long Length) ReadChunk(ByteSource file, SparseHeader header, long at, uint number)
    {
        if (file.Length - at < header.ChunkHeaderLength)
        {
            throw Invalid($"it is cut in front of chunk {number} of {header.Chunks}", at);
        }

        var bytes = file.ToArray(at, ChunkHeaderLength);
        var kind = BinaryPrimitives.ReadUInt16LittleEndian(bytes);
        var (count, length) = ((long)LittleEndian.U32(bytes, 4), (long)LittleEndian.U32(bytes, 8));
        long? data = kind switch
        {
            Raw => count * header.BlockLength,
            Fill or Crc => FillLength,
            DontCare => 0,
            _ => null,
        };
        return data is not { } expected || length != header.ChunkHeaderLength + expected
            ? throw Invalid($"chunk {number} has the kind 0x{kind:x}, {count} blocks and {length} bytes, which do not fit together", at)
            : length <= file.Length - at ? (kind, count, length)
            : throw Invalid($"it is cut in chunk {number} of {header.Chunks}", at);
    }

    private static SourceExtent FillOf(byte[] word, long length) => word.AsSpan().ContainsAnyExcept((byte)0)
        ? new SourceExtent(new FilledSource(word, length), 0, length)
        : new SourceExtent(null, 0, length);

    /// <summary>Runs of blocks: which word fills them, or that none does.</summary>
    private static List<(uint? Word, int First, int Count)> Chunks(ReadOnlyMemory<byte> content, int blockLength)
    {
        var chunks = new List<(uint? Word, int First, int Count)>();
        var blocks = (int)Align.Units(content.Length, blockLength);
        for (var block = 0; block < blocks; block++)
        {
            var word = WordOf(content.Span.Slice(block * blockLength, Math.Min(blockLength, content.Length - (block * blockLength))));
            if (chunks.Count > 0 && chunks[^1] is var last && last.Word == word)
            {
                chunks[^1] = last with { Count = last.Count + 1 };
            }
            else
            {
                chunks.Add((word, block, 1));
            }
        }

        return chunks;
    }

    private static uint? WordOf(ReadOnlySpan<byte> block)
    {
        var words = MemoryMarshal.Cast<byte, uint>(block);
        return block.Length % FillLength == 0 && !words.ContainsAnyExcept(words[0]) ? words[0] : null;
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Pieces((uint? Word, int First, int Count) chunk, ReadOnlyMemory<byte> content, int blockLength)
    {
        var header = new byte[ChunkHeaderLength + (chunk.Word is null ? 0 : FillLength)];
        var start = chunk.First * blockLength;
        var length = Math.Min(content.Length - start, chunk.Count * (long)blockLength);
        BinaryPrimitives.WriteUInt16LittleEndian(header, chunk.Word is null ? Raw : Fill);
        LittleEndian.PutU32(header, 4, (uint)chunk.Count);
        LittleEndian.PutU32(header, 8, (uint)(ChunkHeaderLength + (chunk.Word is null ? chunk.Count * (long)blockLength : FillLength)));
        if (chunk.Word is { } word)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(ChunkHeaderLength), word);
            yield return header;
            yield break;
        }

        yield return header;
        yield return content.Slice(start, (int)length);
        yield return new byte[(chunk.Count * (long)blockLength) - length];
    }

    private static DiagnosticException Invalid(string what, long offset) =>
        ContainerError.Of($"the sparse image is damaged: {what}", "copy or download it again", offset);
}
