namespace KernelBuild.Compression.Codecs;

/// <summary>
/// Decompresses LZO1X blocks; every length and distance is checked against both ends.
/// Source: Linux, Documentation/staging/lzo.rst.
/// </summary>
internal static class LzoDecoder
{
    private const int FarM2 = 2048;
    private const int FarM4 = 16384;

    // How many literals the last instruction copied: 0 to 3, or this for "a run".
    private const int Run = 4;

    /// <summary>Decompresses one block.</summary>
    /// <returns>Bytes written to the target, or -1 when the block is malformed or its content does not fit.</returns>
    public static int Decode(ReadOnlySpan<byte> source, Span<byte> target)
    {
        var read = 0;
        var written = 0;
        var state = 0;
        if (source.Length > 0 && source[0] >= 18)
        {
            var first = source[read++] - 17;
            if (!Literals(source, ref read, target, ref written, first))
            {
                return -1;
            }

            state = Math.Min(first, Run);
        }

        while (read < source.Length)
        {
            if (source[read] < 16 && state == 0)
            {
                var bits = source[read++];
                if (!Length(source, ref read, bits, 15, out var count) || !Literals(source, ref read, target, ref written, count + 3))
                {
                    return -1;
                }

                state = Run;
                continue;
            }

            if (!TryReadCopy(source, ref read, state, out var copy))
            {
                return -1;
            }

            if (copy.Distance == 0)
            {
                // The mark that ends the block.
                return copy.Length == 3 && read == source.Length ? written : -1;
            }

            if (!TryCopy(target, ref written, copy) || !Literals(source, ref read, target, ref written, copy.Literals))
            {
                return -1;
            }

            state = copy.Literals;
        }

        return -1;
    }

    /// <summary>Reads one of the four instructions that copy; the mark of the end is the one with the distance 0.</summary>
    private static bool TryReadCopy(ReadOnlySpan<byte> source, ref int read, int state, out Copy copy)
    {
        int code = source[read++];
        copy = default;
        if (code is >= 16 and < 64)
        {
            var mask = code >= 32 ? 31 : 7;
            if (!Length(source, ref read, code & mask, mask, out var length) || source.Length - read < 2)
            {
                return false;
            }

            var near = (source[read] >> 2) + (source[read + 1] << 6);
            var far = ((code & 8) << 11) + near;
            copy = new Copy(code >= 32 ? near + 1 : far == 0 ? 0 : far + FarM4, length + 2, source[read] & 3);
            read += 2;
            return true;
        }

        if (read >= source.Length)
        {
            return false;
        }

        int next = source[read++];
        copy = code >= 64
            ? new Copy((next << 3) + (code >> 2 & 7) + 1, (code >> 5) + 1, code & 3)
            : new Copy((code >> 2) + (next << 2) + (state == Run ? FarM2 : 0) + 1, state == Run ? 3 : 2, code & 3);
        return true;
    }

    private static bool TryCopy(Span<byte> target, ref int written, Copy copy)
    {
        if (copy.Distance > written || copy.Length > target.Length - written)
        {
            return false;
        }

        for (var end = written + copy.Length; written < end; written++)
        {
            target[written] = target[written - copy.Distance];
        }

        return true;
    }

    /// <summary>A length that does not fit its bits goes on: 255 for each zero byte, then the byte that is none.</summary>
    private static bool Length(ReadOnlySpan<byte> source, ref int read, int bits, int mask, out int length)
    {
        length = bits;
        if (bits != 0)
        {
            return true;
        }

        length = mask;
        while (read < source.Length)
        {
            var more = source[read++];
            if (more != 0)
            {
                length += more;
                return true;
            }

            length += 255;
        }

        return false;
    }

    private static bool Literals(ReadOnlySpan<byte> source, ref int read, Span<byte> target, ref int written, int count)
    {
        if (count > source.Length - read || count > target.Length - written)
        {
            return false;
        }

        source.Slice(read, count).CopyTo(target[written..]);
        read += count;
        written += count;
        return true;
    }

    private readonly record struct Copy(int Distance, int Length, int Literals);
}
