using System.Buffers.Binary;
using KernelBuild.Compression.Memory;

namespace KernelBuild.Compression.Codecs;

/// <summary>
/// The length of the content as a word (u32, little endian) behind a stream, which Linux's build appends for those who unpack a kernel before
/// anything else runs. Up to 5.15 every Image.lz4, Image.lzma and Image.bz2 has it; magiskboot calls the first lz4_lg.
/// Source: Linux, scripts/Makefile.lib, <c>size_append</c>.
/// </summary>
internal static class SizeSuffix
{
    public const int Length = sizeof(uint);

    /// <summary>Whether it stands at an offset, with nothing but device trees behind it.</summary>
    public static bool IsAt(ReadOnlySpan<byte> stored, int offset, long contentLength) =>
        stored.Length - offset >= Length && LittleEndian.U32(stored, offset) == (ulong)contentLength
        && (stored.Length - offset == Length || IsDeviceTree(stored[(offset + Length)..]));

    /// <summary>Whether a stream that holds so much content ends with it.</summary>
    /// <param name="format">Of the stream. gzip ends with that length by itself.</param>
    /// <param name="stored">The stream, to its end.</param>
    /// <param name="contentLength">Bytes.</param>
    public static bool Ends(CompressionFormat format, ReadOnlySpan<byte> stored, long contentLength) =>
        (format == CompressionFormat.Lz4Legacy || CodecTable.Of(format)?.HasSizeSuffix == true)
        && stored.Length > Length && IsAt(stored, stored.Length - Length, contentLength)
        && (format != CompressionFormat.Lz4Legacy || Lz4Legacy.EndsWithBlock(stored[..^Length]));

    /// <summary>A stream with the length of its content behind it.</summary>
    public static ReadOnlyMemory<byte> Append(ReadOnlyMemory<byte> stored, int contentLength)
    {
        var bytes = new byte[stored.Length + Length];
        stored.CopyTo(bytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(stored.Length), contentLength);
        return bytes;
    }

    /// <summary>A flattened device tree: its magic, and a length that is there (both big endian). No block is that long.</summary>
    public static bool IsDeviceTree(ReadOnlySpan<byte> bytes) =>
        bytes is [0xd0, 0x0d, 0xfe, 0xed, _, _, _, _, ..] && BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]) <= bytes.Length;
}
