using System.Buffers.Binary;
using System.IO.Hashing;
using KernelBuild.Diagnostics;
using Adler32 = ICSharpCode.SharpZipLib.Checksum.Adler32;
using KernelBuild.Compression.Memory;

namespace KernelBuild.Compression.Codecs;

/// <summary>
/// The container of lzop, read only: a header, then blocks of LZO1X with the lengths before and after. Integers are big endian.
/// </summary>
internal static class Lzop
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

    public static Diagnostic? Read(ReadOnlyMemory<byte> stored, OutputBuffer output, out int length)
    {
        if (!TrySkipHeader(stored.Span, out length, out var flags))
        {
            return Decompressor.Invalid(Format, 0, "a header that is cut short");
        }

        Diagnostic? error;
        bool isEnd;
        do
        {
            error = ReadBlock(stored.Span, ref length, flags, output, out isEnd);
        }
        while (error is null && !isEnd);
        return error;
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
        flags = BigEndian.U32(span, offset);
        offset += sizeof(uint) + ((flags & Filter) != 0 ? sizeof(uint) : 0);

        // mode and time
        offset += isModern ? 12 : 8;
        offset += 1 + span[offset] + sizeof(uint);
        if ((flags & ExtraField) != 0 && offset <= span.Length - sizeof(uint))
        {
            var extra = BigEndian.U32(span, offset);
            if (extra > span.Length)
            {
                return false;
            }

            offset += sizeof(uint) + (int)extra + sizeof(uint);
        }

        return offset <= span.Length;
    }

    private static Diagnostic? ReadBlock(ReadOnlySpan<byte> span, ref int offset, uint flags, OutputBuffer output, out bool isEnd)
    {
        isEnd = false;
        var start = offset;
        if (!Take(span, ref offset, out var length))
        {
            return Decompressor.Invalid(Format, start, "cut short: its end marker is missing");
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
        if (output.Length + length > output.MaximumLength)
        {
            return Decompressor.TooLarge(Format, output.MaximumLength);
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
        var content = output.From(output.Length - (int)length);
        return ((flags & AdlerOfContent) != 0 && Adler(content) != adler)
            || ((flags & CrcOfContent) != 0 && Crc32.HashToUInt32(content) != crc)
            ? Decompressor.Invalid(Format, start, "the checksum of a block is wrong")
            : null;
    }

    private static uint Adler(ReadOnlySpan<byte> content)
    {
        var checksum = new Adler32();
        checksum.Update(new ArraySegment<byte>(content.ToArray()));
        return (uint)checksum.Value;
    }

    private static bool Take(ReadOnlySpan<byte> span, ref int offset, out uint value)
    {
        value = 0;
        if (span.Length - offset < sizeof(uint))
        {
            return false;
        }

        value = BigEndian.U32(span, offset);
        offset += sizeof(uint);
        return true;
    }
}
