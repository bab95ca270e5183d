using KernelBuild.KernelImages.Bytes;

namespace KernelBuild.KernelImages.Symbols;

/// <summary>
/// The compressed names and the markers, which give the offset of every 256th name. A name is its length in tokens, one byte or, from
/// 128 on, two (ULEB128, Linux 6.1), and that many token numbers. Source: scripts/kallsyms.c; kernel/kallsyms.c, kallsyms_expand_symbol.
/// </summary>
/// <param name="CountOffset">Of kallsyms_num_syms, in bytes from the start of the image.</param>
/// <param name="Count">Symbols.</param>
/// <param name="NamesOffset">Of kallsyms_names.</param>
/// <param name="MarkersOffset">Of kallsyms_markers.</param>
/// <param name="MarkerWidth">Bytes of a marker: 8 before Linux 4.20, else 4.</param>
internal sealed record KallsymsNames(int CountOffset, int Count, int NamesOffset, int MarkersOffset, int MarkerWidth)
{
    /// <summary>Of every label of kallsyms, in bytes: num_syms is one, and padded up to the next.</summary>
    public int Alignment => NamesOffset - CountOffset;

    private const int NamesPerMarker = 256;
    private const int LargestAlignment = 256;
    private const int SmallestBlock = 2 * NamesPerMarker;
    private const int LargestBlock = 1 << 17;
    private const int LongestSearch = 16 << 20;
    private const int FewestMarkers = 3;

    /// <summary>
    /// The nearest names in front of the token table that agree with their markers and their count; null when there are none.
    /// </summary>
    public static KallsymsNames? FindBefore(ReadOnlySpan<byte> image, int tokenTable)
    {
        var first = Math.Max(0, tokenTable - LongestSearch);
        for (var at = tokenTable & ~3; at >= first; at -= 4)
        {
            if (KernelBytes.U32(image, at) != 0)
            {
                continue;
            }

            // Widths are told apart by what follows the first marker, which is 0 in both.
            foreach (var width in (ReadOnlySpan<int>)[4, 8])
            {
                var second = Marker(image, at, 1, width);
                if (second is >= SmallestBlock and <= LargestBlock && at % width == 0
                    && TryMarkers(image, at, width, tokenTable) is { } names)
                {
                    return names;
                }
            }
        }

        return null;
    }

    private static long Marker(ReadOnlySpan<byte> image, int markers, int index, int width)
    {
        var offset = markers + ((long)index * width);
        return width == 4 ? KernelBytes.U32(image, offset) : (long)Math.Min(KernelBytes.U64(image, offset), long.MaxValue);
    }

    private static KallsymsNames? TryMarkers(ReadOnlySpan<byte> image, int markers, int width, int limit)
    {
        var count = 1;
        var last = 0L;
        for (; markers + ((long)count * width) + width <= limit; count++)
        {
            var next = Marker(image, markers, count, width);
            if (next - last is < SmallestBlock or > LargestBlock)
            {
                break;
            }

            last = next;
        }

        // What follows the markers can look like one more of them; each count less is tried while the names do not agree.
        for (var tried = 0; count >= FewestMarkers && tried < 2; tried++, count--)
        {
            if (TryNames(image, markers, width, count) is { } names)
            {
                return names;
            }
        }

        return null;
    }

    /// <summary>The names end where the markers start, and the last marker says how far in front of that the last block starts.</summary>
    private static KallsymsNames? TryNames(ReadOnlySpan<byte> image, int markers, int width, int markerCount)
    {
        var latest = markers - Marker(image, markers, markerCount - 1, width);
        var earliest = Math.Max(8, latest - LargestBlock);
        for (var names = latest & ~3L; names >= earliest; names -= 4)
        {
            for (var alignment = 4; alignment <= LargestAlignment; alignment *= 2)
            {
                // num_syms is a label of its own: 4 or 8 bytes, then padding up to the next label
                if (alignment != 4 && names % alignment != 0)
                {
                    break;
                }

                var number = names - alignment;
                var count = KernelBytes.U32(image, number);
                if (MarkerCount(count) == markerCount && EndOfNames(image, (int)names, (int)count, markers, width) is { } end
                    && markers - end < LargestAlignment)
                {
                    return new KallsymsNames((int)number, (int)count, (int)names, markers, width);
                }
            }
        }

        return null;
    }

    private static long MarkerCount(long count) => (count + NamesPerMarker - 1) / NamesPerMarker;

    private static int MarkerCount(int count) => (int)MarkerCount((long)count);

    private static int? EndOfNames(ReadOnlySpan<byte> image, int names, int count, int markers, int width)
    {
        var at = names;
        for (var i = 0; i < count; i++)
        {
            if (i % NamesPerMarker == 0 && Marker(image, markers, i / NamesPerMarker, width) != at - names)
            {
                return null;
            }

            var length = LengthAt(image, ref at);
            if (length == 0 || length > markers - at)
            {
                return null;
            }

            at += length;
        }

        return at;
    }

    /// <summary>The length of the name here, in tokens; moves behind it. 0 at the end of the image.</summary>
    public static int LengthAt(ReadOnlySpan<byte> image, ref int at)
    {
        if (at >= image.Length - 1)
        {
            return 0;
        }

        int length = image[at++];
        return length < 0x80 ? length : (length & 0x7f) | (image[at++] << 7);
    }
}
