using System.Buffers.Binary;
using KernelBuild.Compression.Memory;

namespace KernelBuild.Compression.Codecs;

/// <summary>
/// A stream of LZ4's legacy form whose content changes in a few bytes, without compressing it again: what copies from changed bytes, or
/// would write over them, becomes literals, and all the rest stays as it is. No library changes a stream; compressing a boot.img of 16.9 MB
/// again took 5.2 s of processor, this 1.5 s. Source: lz4_Block_format.md.
/// </summary>
public static class Lz4Patch
{
    private const uint Magic = 0x184C2102;
    private const int MostChanges = 4096;
    private const int ShortestMatch = 4;
    private const int LongNibble = 15;
    private const int LongByte = 255;

    /// <param name="stored">A sound stream: one or more frames, and what follows them.</param>
    /// <param name="old">What it holds.</param>
    /// <param name="content">What it shall hold; as many bytes.</param>
    /// <returns>Null when more than 4096 bytes differ, or the lengths do: then compressing again is better.</returns>
    public static ReadOnlyMemory<byte>? TryReplace(ReadOnlyMemory<byte> stored, ReadOnlyMemory<byte> old, ReadOnlyMemory<byte> content)
    {
        if (old.Length != content.Length || !IsSmallChange(old.Span, content.Span))
        {
            return null;
        }

        var span = stored.Span;
        var target = new MemoryStream(stored.Length + MostChanges);
        var (at, start) = (0, 0);
        while (span.Length - at >= sizeof(uint))
        {
            var size = LittleEndian.U32(span, at);
            if (size == Magic)
            {
                target.Write(span.Slice(at, sizeof(uint)));
                at += sizeof(uint);
                continue;
            }

            // behind the last block: a length of zero, the length of the content, or device trees
            if (size == 0 || start >= content.Length || size > span.Length - at - sizeof(uint))
            {
                break;
            }

            var block = span.Slice(at + sizeof(uint), (int)size);
            var rest = content.Span[start..];
            if (LengthOf(block) is not { } length || length > rest.Length)
            {
                return null;
            }

            var isSame = rest[..length].SequenceEqual(old.Span.Slice(start, length));
            ReadOnlySpan<byte> written = isSame ? block : Encode(block, rest[..length]);
            target.Write(BitConverter.GetBytes(written.Length));
            target.Write(written);
            at += sizeof(uint) + block.Length;
            start += length;
        }

        target.Write(span[at..]);
        return start == content.Length ? (ReadOnlyMemory<byte>?)target.ToArray() : null;
    }

    private static bool IsSmallChange(ReadOnlySpan<byte> old, ReadOnlySpan<byte> content)
    {
        var changes = 0;
        for (var at = 0; changes <= MostChanges; changes++)
        {
            at += old[at..].CommonPrefixLength(content[at..]);
            if (at++ >= old.Length)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Bytes that a block decodes to; null when it is damaged.</summary>
    private static int? LengthOf(ReadOnlySpan<byte> block)
    {
        var (at, length) = (0, 0L);
        while (Next(block, ref at) is { } sequence)
        {
            length += sequence.Literals + sequence.Match;
            if (sequence.IsLast)
            {
                return length <= Lz4Legacy.BlockLength ? (int)length : null;
            }
        }

        return null;
    }

    private static byte[] Encode(ReadOnlySpan<byte> block, ReadOnlySpan<byte> content)
    {
        var target = new MemoryStream(block.Length + MostChanges);
        var (at, end, literals) = (0, 0, 0);
        while (Next(block, ref at) is { } sequence && !sequence.IsLast)
        {
            var match = end + sequence.Literals;
            end = match + sequence.Match;

            // what a match yields is equal to what it copies, also where both overlap
            if (sequence.Distance <= match && content[match..end].SequenceEqual(content.Slice(match - sequence.Distance, sequence.Match)))
            {
                Write(target, content[literals..match], sequence.Distance, sequence.Match);
                literals = end;
            }
        }

        Write(target, content[literals..], 0, 0);
        return target.ToArray();
    }

    /// <summary>A token, literals, and a match, which the last sequence of a block has not.</summary>
    private static (int Literals, int Distance, int Match, bool IsLast)? Next(ReadOnlySpan<byte> block, ref int at)
    {
        if (at >= block.Length)
        {
            return null;
        }

        int token = block[at++];
        if (Length(block, ref at, token >> 4) is not { } literals || literals > block.Length - at)
        {
            return null;
        }

        at += literals;
        if (at == block.Length)
        {
            return (literals, 0, 0, true);
        }

        if (block.Length - at < sizeof(ushort))
        {
            return null;
        }

        var distance = BinaryPrimitives.ReadUInt16LittleEndian(block[at..]);
        at += sizeof(ushort);
        return Length(block, ref at, token & LongNibble) is { } match ? (literals, distance, match + ShortestMatch, false) : null;
    }

    private static int? Length(ReadOnlySpan<byte> block, ref int at, int nibble)
    {
        var length = nibble;
        for (var more = nibble == LongNibble; more && length <= Lz4Legacy.BlockLength;)
        {
            if (at >= block.Length)
            {
                return null;
            }

            more = block[at] == LongByte;
            length += block[at++];
        }

        return length;
    }

    private static void Write(MemoryStream target, ReadOnlySpan<byte> literals, int distance, int match)
    {
        var matchNibble = match == 0 ? 0 : Math.Min(LongNibble, match - ShortestMatch);
        target.WriteByte((byte)((Math.Min(LongNibble, literals.Length) << 4) | matchNibble));
        WriteLength(target, literals.Length);
        target.Write(literals);
        if (match > 0)
        {
            target.WriteByte((byte)distance);
            target.WriteByte((byte)(distance >> 8));
            WriteLength(target, match - ShortestMatch);
        }
    }

    private static void WriteLength(MemoryStream target, int length)
    {
        if (length < LongNibble)
        {
            return;
        }

        for (length -= LongNibble; length >= LongByte; length -= LongByte)
        {
            target.WriteByte(LongByte);
        }

        target.WriteByte((byte)length);
    }
}
