using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.IO.Compression;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using ICSharpCode.SharpZipLib.Zip.Compression;
using KernelBuild.Diagnostics;

namespace KernelBuild.Compression.Codecs;

/// <summary>gzip (RFC 1952): one or more members, each with the CRC-32 and the length of its content.</summary>
public static class Gzip
{
    private const int TrailerLength = 8;
    private const string Format = "gzip";

    /// <summary>Deflate, no flags, no time, "slowest algorithm", Unix: what <c>gzip -9 -n</c> writes.</summary>
    private static ReadOnlySpan<byte> Header => [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 3];

    /// <summary>
    /// Compresses into one member. The result depends on the input only: the deflater is managed code of a pinned version, not the zlib
    /// of the .NET runtime, which differs between releases and processors.
    /// </summary>
    public static byte[] Compress(ReadOnlyMemory<byte> content)
    {
        var input = Segment(content);
        var deflater = new Deflater(Deflater.BEST_COMPRESSION, noZlibHeaderOrFooter: true);
        deflater.SetInput(input.Array, input.Offset, input.Count);
        deflater.Finish();
        using var output = new MemoryStream((input.Count / 2) + 64);
        output.Write(Header);
        var buffer = new byte[64 * 1024];
        while (!deflater.IsFinished)
        {
            output.Write(buffer, 0, deflater.Deflate(buffer));
        }

        Span<byte> trailer = stackalloc byte[TrailerLength];
        WriteTrailer(trailer, content.Span);
        output.Write(trailer);
        return output.ToArray();
    }

    /// <summary>Decompresses all members. CRC and length of each are checked.</summary>
    /// <param name="stored">The stream; what follows the last member is not touched.</param>
    /// <param name="data">The content; null when the result is false.</param>
    /// <param name="error">KB5011 with the offset of the member that is damaged, cut short or too large.</param>
    /// <param name="maximumLength">Bytes the content may have at most.</param>
    public static bool TryDecompress(
        ReadOnlyMemory<byte> stored,
        [NotNullWhen(true)] out DecompressedData? data,
        [NotNullWhen(false)] out Diagnostic? error,
        long maximumLength = Decompressor.DefaultMaximumLength) =>
        CodecTable.Of(CompressionFormat.Gzip)!.TryRead(stored, out data, out error, maximumLength);

    internal static Diagnostic? Read(ReadOnlyMemory<byte> stored, OutputBuffer output, out int length)
    {
        length = 0;
        if (!GzipHeader.TryMeasure(stored.Span, out var headerLength, out var problem))
        {
            return Decompressor.Invalid(Format, 0, problem);
        }

        var body = stored[headerLength..];
        var before = output.Length;
        using var feed = new FeedStream(body);
        using var deflate = new DeflateStream(feed, CompressionMode.Decompress);
        try
        {
            output.Fill(deflate);
        }
        catch (InvalidDataException)
        {
            return Decompressor.Invalid(Format, 0, $"the compressed data is damaged; {output.Length - before} bytes could be read");
        }

        // The inflater reads ahead and does not tell where the data ended, nor whether it ended at all. Both follow from the trailer
        // (CRC-32 and length), which must stand behind the data, and that ended within what was read last.
        Span<byte> trailer = stackalloc byte[TrailerLength];
        WriteTrailer(trailer, output.Content.Span[before..]);
        var from = Math.Min(feed.LastReadStart + 1, feed.LastReadEnd);
        var to = (int)Math.Min(body.Length, feed.LastReadEnd + (long)TrailerLength);
        var at = body.Span[from..to].IndexOf(trailer);
        length = headerLength + from + at + TrailerLength;
        return at < 0
            ? Decompressor.Invalid(
                Format, 0, $"cut short or damaged: no CRC and length that belong to the {output.Length - before} bytes of content")
            : null;
    }

    /// <summary>The length in the last bytes, when deflate could reach it: at most 1032 bytes per compressed byte.</summary>
    internal static long ExpectedLength(ReadOnlySpan<byte> stored)
    {
        var last = stored.Length >= sizeof(uint) ? BinaryPrimitives.ReadUInt32LittleEndian(stored[^sizeof(uint)..]) : 0;
        return last <= stored.Length * 1032L ? last : stored.Length * 4L;
    }

    private static void WriteTrailer(Span<byte> trailer, ReadOnlySpan<byte> content)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(trailer, Crc32.HashToUInt32(content));
        BinaryPrimitives.WriteUInt32LittleEndian(trailer[4..], (uint)content.Length);
    }

    private static ArraySegment<byte> Segment(ReadOnlyMemory<byte> memory) =>
        MemoryMarshal.TryGetArray(memory, out var segment) && segment.Array is not null ? segment : memory.ToArray();
}
