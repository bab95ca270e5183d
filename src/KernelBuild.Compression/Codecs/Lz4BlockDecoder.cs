using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace KernelBuild.Compression.Codecs;

/// <summary>
/// Decompresses LZ4 blocks; every length and offset is checked against both ends.
/// Source: https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md.
/// </summary>
internal static class Lz4BlockDecoder
{
    private const int SmallestMatch = 4;
    private const int RunMask = 15;

    /// <summary>Decompresses one block.</summary>
    /// <returns>Bytes written to the target, or -1 when the block is malformed or its content does not fit.</returns>
    /// <param name="source">The block.</param>
    /// <param name="target">Gets the content.</param>
    /// <param name="history">Bytes of the target that are there already, and that the block may copy from.</param>
    public static int Decode(ReadOnlySpan<byte> source, Span<byte> target, int history = 0)
    {
        var written = history;
        var read = 0;
        while (read < source.Length)
        {
            var token = source[read++];
            if (!TryReadLength(source, ref read, token >> 4, out var literals)
                || literals > source.Length - read || literals > target.Length - written)
            {
                return -1;
            }

            CopyLiterals(source[read..], target[written..], literals);
            read += literals;
            written += literals;
            if (read == source.Length)
            {
                return written - history;
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

    /// <summary>Most runs are short: 16 bytes at once, of which too many are overwritten later, cost less than a call for the right number.</summary>
    private static void CopyLiterals(ReadOnlySpan<byte> source, Span<byte> target, int length)
    {
        if (length <= Vector128<byte>.Count && source.Length >= Vector128<byte>.Count && target.Length >= Vector128<byte>.Count)
        {
            Vector128.Create(source[..Vector128<byte>.Count]).CopyTo(target);
            return;
        }

        source[..length].CopyTo(target);
    }

    private static void CopyMatch(Span<byte> target, int written, int distance, int length)
    {
        // The same for matches; what is read at a distance of 16 and more has all been written.
        var rounds = (length + Vector128<byte>.Count - 1) / Vector128<byte>.Count;
        if (distance >= Vector128<byte>.Count && rounds <= 4 && target.Length - written >= rounds * Vector128<byte>.Count)
        {
            ref var start = ref MemoryMarshal.GetReference(target);
            for (var end = written + length; written < end; written += Vector128<byte>.Count)
            {
                Vector128.LoadUnsafe(ref start, (nuint)(written - distance)).StoreUnsafe(ref start, (nuint)written);
            }

            return;
        }

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
