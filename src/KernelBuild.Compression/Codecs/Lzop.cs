using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using ICSharpCode.SharpZipLib.Checksum;
using KernelBuild.Diagnostics;

namespace KernelBuild.Compression.Codecs;

/// <summary>The container of lzop, read only: a header, then blocks of LZO1X with the lengths before and after. Integers are big endian.</summary>
public static class Lzop
{
    private const string Format = "lzop";
    private const int MagicLength = 9;
    private const int ModernVersion = 0x940;
    private const int LargestBlock = 64 * 1024 * 1024;
    private const uint AdlerOfContent = 1;
    private const uint AdlerOfStored = 2;
    private const uint ExtraField = 0x40;
    private const uint CrcOfContent = 0x100;
    private const uint CrcOfStored = 0x200;
    private const uint Filter = 0x800;

    /// <summary>Decompresses one file.</summary>
    /// <param name="stored">The stream; what follows its end mark is not touched.</param>
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
        var span = stored.Span;
        if (!TrySkipHeader(span, out var offset, out var flags))
        {
            error = Decompressor.Invalid(Format, 0, "a header that is cut short");
            return false;
        }

        var output = new OutputBuffer(maximumLength, Math.Min(stored.Length * 4L, maximumLength));
        while (true)
        {
            error = ReadBlock(span, ref offset, flags, output, maximumLength, out var isEnd);
            if (error is not null)
            {
                return false;
            }

            if (isEnd)
            {
                data = new DecompressedData(CompressionFormat.Lzop, output.Content, offset);
                return true;
            }
        }
    }

    private static bool TrySkipHeader(ReadOnlySpan<byte> span, out int offset, out uint flags)
    {
        flags = 0;
        offset = MagicLength;
        if (span.Length < MagicLength + 32)
        {
            return false;
        }

        var isModern = BinaryPrimitives.ReadUInt16BigEndian(span[offset..]) >= ModernVersion;

        // version, library version, version needed, method, level
        offset += isModern ? 8 : 5;
        flags = U32(span, offset);
        offset += sizeof(uint) + ((flags & Filter) != 0 ? sizeof(uint) : 0);

        // mode and time
        offset += isModern ? 12 : 8;
        offset += 1 + span[offset] + sizeof(uint);
        if ((flags & ExtraField) != 0 && offset <= span.Length - sizeof(uint))
        {
            var extra = U32(span, offset);
            if (extra > span.Length)
            {
                return false;
            }

            offset += sizeof(uint) + (int)extra + sizeof(uint);
        }

        return offset <= span.Length;
    }

    private static Diagnostic? ReadBlock(ReadOnlySpan<byte> span, ref int offset, uint flags, OutputBuffer output, long maximumLength, out bool isEnd)
    {
        isEnd = false;
        var start = offset;
        if (!Take(span, ref offset, out var length))
        {
            return Decompressor.Invalid(Format, start, "cut short: no mark ends it");
        }

        if (length == 0)
        {
            isEnd = true;
            return null;
        }

        uint adler = 0, crc = 0;
        if (!Take(span, ref offset, out var storedLength) || length > LargestBlock || storedLength > length
            || ((flags & AdlerOfContent) != 0 && !Take(span, ref offset, out adler))
            || ((flags & CrcOfContent) != 0 && !Take(span, ref offset, out crc))
            || (storedLength < length && (flags & AdlerOfStored) != 0 && !Take(span, ref offset, out _))
            || (storedLength < length && (flags & CrcOfStored) != 0 && !Take(span, ref offset, out _))
            || storedLength > span.Length - offset)
        {
            return Decompressor.Invalid(Format, start, "a block is damaged or cut short");
        }

        var block = span.Slice(offset, (int)storedLength);
        offset += block.Length;
        if (output.Length + length > maximumLength)
        {
            return Decompressor.TooLarge(Format, maximumLength);
        }

        var room = output.Room((int)length)[..(int)length];
        if (storedLength == length)
        {
            block.CopyTo(room);
        }
        else if (LzoDecoder.Decode(block, room) != length)
        {
            return Decompressor.Invalid(Format, start, "a block is damaged");
        }

        output.Advance((int)length);
        return Matches(new Adler32(), output, (int)length, flags & AdlerOfContent, adler) && Matches(new Crc32(), output, (int)length, flags & CrcOfContent, crc)
            ? null
            : Decompressor.Invalid(Format, start, "the checksum of a block is wrong");
    }

    private static bool Matches(IChecksum checksum, OutputBuffer output, int length, uint isStored, uint expected)
    {
        if (isStored == 0)
        {
            return true;
        }

        checksum.Update(new ArraySegment<byte>(output.Content[^length..].ToArray()));
        return (uint)checksum.Value == expected;
    }

    private static bool Take(ReadOnlySpan<byte> span, ref int offset, out uint value)
    {
        value = 0;
        if (span.Length - offset < sizeof(uint))
        {
            return false;
        }

        value = U32(span, offset);
        offset += sizeof(uint);
        return true;
    }

    private static uint U32(ReadOnlySpan<byte> span, int offset) => BinaryPrimitives.ReadUInt32BigEndian(span[offset..]);
}
