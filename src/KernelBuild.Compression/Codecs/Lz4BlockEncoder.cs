using System.Buffers.Binary;
using System.Numerics;

namespace KernelBuild.Compression.Codecs;

/// <summary>
/// Compresses LZ4 blocks: sequences of literals and of copies from up to 65535 bytes back.
/// Source: https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md.
/// </summary>
internal static class Lz4BlockEncoder
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
}
