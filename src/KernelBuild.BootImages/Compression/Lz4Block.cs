using System.Buffers.Binary;
using System.Numerics;

namespace KernelBuild.BootImages.Compression;

/// <summary>
/// One LZ4 block: sequences of literals and of copies from up to 65535 bytes back.
/// Source: https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md.
/// </summary>
internal static class Lz4Block
{
    private const int SmallestMatch = 4;
    private const int FarthestMatch = 65535;

    // The format wants the last five bytes to be literals, and the last match to start twelve bytes before the end or earlier.
    private const int LastLiterals = 5;
    private const int LastMatchStart = 12;

    private const int RunMask = 15;
    private const int HashBits = 16;

    // After 2^6 misses in a row the search steps two bytes at a time, and so on: incompressible data costs little.
    private const int SkipTrigger = 6;

    /// <summary>Bytes that <see cref="Encode"/> needs for its result in the worst case.</summary>
    public static int Bound(int length) => length + (length / 255) + 16;

    /// <summary>Compresses greedily: the first match found is taken.</summary>
    /// <param name="source">The content.</param>
    /// <param name="target">At least <see cref="Bound"/> bytes.</param>
    /// <param name="positions">Scratch memory for 2^16 positions; cleared here.</param>
    /// <returns>Bytes written.</returns>
    public static int Encode(ReadOnlySpan<byte> source, Span<byte> target, Span<int> positions)
    {
        positions.Clear();
        var written = 0;
        var anchor = 0;
        var matchEnd = source.Length - LastLiterals;
        var misses = 1 << SkipTrigger;
        for (var at = 1; at <= source.Length - LastMatchStart;)
        {
            var word = BinaryPrimitives.ReadUInt32LittleEndian(source[at..]);
            ref var slot = ref positions[(int)(word * 2654435761u >> (32 - HashBits))];
            var candidate = slot;
            slot = at;
            if (at - candidate > FarthestMatch || BinaryPrimitives.ReadUInt32LittleEndian(source[candidate..]) != word)
            {
                at += misses++ >> SkipTrigger;
                continue;
            }

            while (at > anchor && candidate > 0 && source[at - 1] == source[candidate - 1])
            {
                at--;
                candidate--;
            }

            var length = SmallestMatch + CommonLength(source[(at + SmallestMatch)..matchEnd], source[(candidate + SmallestMatch)..]);
            written = WriteSequence(target, written, source[anchor..at], at - candidate, length);
            at += length;
            anchor = at;
            misses = 1 << SkipTrigger;
        }

        return WriteSequence(target, written, source[anchor..], 0, 0);
    }

    private static int CommonLength(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        var length = 0;
        while (left.Length - length >= sizeof(ulong))
        {
            var difference = BinaryPrimitives.ReadUInt64LittleEndian(left[length..]) ^ BinaryPrimitives.ReadUInt64LittleEndian(right[length..]);
            if (difference != 0)
            {
                return length + (BitOperations.TrailingZeroCount(difference) / 8);
            }

            length += sizeof(ulong);
        }

        while (length < left.Length && left[length] == right[length])
        {
            length++;
        }

        return length;
    }

    /// <summary>Writes literals and a match; a match length of 0 stands for the last sequence, which has none.</summary>
    private static int WriteSequence(Span<byte> target, int written, ReadOnlySpan<byte> literals, int distance, int matchLength)
    {
        var matchCode = matchLength == 0 ? 0 : matchLength - SmallestMatch;
        target[written++] = (byte)(Math.Min(literals.Length, RunMask) << 4 | Math.Min(matchCode, RunMask));
        written = WriteRest(target, written, literals.Length);
        literals.CopyTo(target[written..]);
        written += literals.Length;
        if (matchLength == 0)
        {
            return written;
        }

        BinaryPrimitives.WriteUInt16LittleEndian(target[written..], (ushort)distance);
        return WriteRest(target, written + sizeof(ushort), matchCode);
    }

    private static int WriteRest(Span<byte> target, int written, int length)
    {
        if (length < RunMask)
        {
            return written;
        }

        for (length -= RunMask; length >= 255; length -= 255)
        {
            target[written++] = 255;
        }

        target[written++] = (byte)length;
        return written;
    }

    /// <summary>Decompresses one block.</summary>
    /// <returns>Bytes written to the target, or -1 when the block is malformed or its content does not fit.</returns>
    public static int Decode(ReadOnlySpan<byte> source, Span<byte> target)
    {
        var written = 0;
        var read = 0;
        while (read < source.Length)
        {
            var token = source[read++];
            if (!TryReadLength(source, ref read, token >> 4, out var literals)
                || literals > source.Length - read || literals > target.Length - written)
            {
                return -1;
            }

            source.Slice(read, literals).CopyTo(target[written..]);
            read += literals;
            written += literals;
            if (read == source.Length)
            {
                return written;
            }

            if (source.Length - read < sizeof(ushort))
            {
                return -1;
            }

            int distance = BinaryPrimitives.ReadUInt16LittleEndian(source[read..]);
            read += sizeof(ushort);
            if (!TryReadLength(source, ref read, token & RunMask, out var length)
                || distance == 0 || distance > written || length > target.Length - written - SmallestMatch)
            {
                return -1;
            }

            length += SmallestMatch;
            CopyMatch(target, written, distance, length);
            written += length;
        }

        // A block ends with literals; one that ends behind a match was cut.
        return -1;
    }

    private static bool TryReadLength(ReadOnlySpan<byte> source, ref int read, int code, out int length)
    {
        length = code;
        if (code < RunMask)
        {
            return true;
        }

        while (read < source.Length)
        {
            var more = source[read++];
            length += more;
            if (more < 255)
            {
                return true;
            }
        }

        return false;
    }

    private static void CopyMatch(Span<byte> target, int written, int distance, int length)
    {
        if (distance == 1)
        {
            target.Slice(written, length).Fill(target[written - 1]);
            return;
        }

        // A match may overlap what it makes; each round can copy what the rounds before made.
        for (var from = written - distance; length > 0;)
        {
            var count = Math.Min(length, written - from);
            target.Slice(from, count).CopyTo(target[written..]);
            written += count;
            length -= count;
        }
    }
}
