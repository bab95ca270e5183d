namespace KernelBuild.Compression.Codecs;

/// <summary>
/// Decompresses LZO1X blocks; every length and distance is checked against both ends.
/// Source: Linux, Documentation/staging/lzo.rst.
/// </summary>
internal static class LzoDecoder
{
    private const int FarM2 = 2048;
    private const int FarM4 = 16384;

    /// <summary>Decompresses one block.</summary>
    /// <returns>Bytes written to the target, or -1 when the block is malformed or its content does not fit.</returns>
    public static int Decode(ReadOnlySpan<byte> source, Span<byte> target)
    {
        var read = 0;
        var written = 0;

        // How many literals the last instruction copied: 0 to 3, or 4 for "a run".
        var state = 0;
        if (source.Length > 0 && source[0] >= 18)
        {
            var first = source[read++] - 17;
            if (!Literals(source, ref read, target, ref written, first))
            {
                return -1;
            }

            state = Math.Min(first, 4);
        }

        while (read < source.Length)
        {
            int code = source[read++];
            int length, distance, literals;
            if (code >= 64)
            {
                if (read >= source.Length)
                {
                    return -1;
                }

                length = (code >> 5) + 1;
                distance = (source[read++] << 3) + (code >> 2 & 7) + 1;
                literals = code & 3;
            }
            else if (code >= 32)
            {
                if (!Length(source, ref read, code & 31, 31, out length) || source.Length - read < 2)
                {
                    return -1;
                }

                length += 2;
                distance = (source[read] >> 2) + (source[read + 1] << 6) + 1;
                literals = source[read] & 3;
                read += 2;
            }
            else if (code >= 16)
            {
                if (!Length(source, ref read, code & 7, 7, out length) || source.Length - read < 2)
                {
                    return -1;
                }

                length += 2;
                distance = ((code & 8) << 11) + (source[read] >> 2) + (source[read + 1] << 6);
                literals = source[read] & 3;
                read += 2;
                if (distance == 0)
                {
                    // The mark that ends the block.
                    return length == 3 && read == source.Length ? written : -1;
                }

                distance += FarM4;
            }
            else if (state == 0)
            {
                if (!Length(source, ref read, code, 15, out length) || !Literals(source, ref read, target, ref written, length + 3))
                {
                    return -1;
                }

                state = 4;
                continue;
            }
            else
            {
                if (read >= source.Length)
                {
                    return -1;
                }

                distance = (code >> 2) + (source[read++] << 2) + (state == 4 ? FarM2 : 0) + 1;
                length = state == 4 ? 3 : 2;
                literals = code & 3;
            }

            if (distance > written || length > target.Length - written)
            {
                return -1;
            }

            for (var i = 0; i < length; i++)
            {
                target[written] = target[written - distance];
                written++;
            }

            if (!Literals(source, ref read, target, ref written, literals))
            {
                return -1;
            }

            state = literals;
        }

        return -1;
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
}
