namespace KernelBuild.Reproducibility;

/// <summary>Where two byte strings differ.</summary>
internal static class ByteRanges
{
    /// <summary>Differences that lie closer together are one.</summary>
    private const int Gap = 16;

    /// <summary>Ranges of the shorter one's length, the first so many; sorted.</summary>
    public static List<(int Start, int End)> Of(ReadOnlySpan<byte> one, ReadOnlySpan<byte> other, int most)
    {
        var ranges = new List<(int, int)>();
        var length = Math.Min(one.Length, other.Length);
        var at = 0;
        while (ranges.Count < most)
        {
            at += one[at..length].CommonPrefixLength(other[at..length]);
            if (at >= length)
            {
                break;
            }

            var (start, end) = (at, at + 1);
            for (at = end; at < length && at - end < Gap; at++)
            {
                end = one[at] != other[at] ? at + 1 : end;
            }

            ranges.Add((start, end));
            at = end;
        }

        return ranges;
    }

    /// <summary>The printable text around a place, up to the bytes that end it; empty where there is none.</summary>
    public static string TextAt(ReadOnlySpan<byte> bytes, int at)
    {
        const int longest = 512;
        if (at >= bytes.Length || !IsPrintable(bytes[at]))
        {
            return "";
        }

        var (start, end) = (at, at);
        while (start > 0 && at - start < longest && IsPrintable(bytes[start - 1]))
        {
            start--;
        }

        while (end < bytes.Length && end - at < longest && IsPrintable(bytes[end]))
        {
            end++;
        }

        return System.Text.Encoding.ASCII.GetString(bytes[start..end]);
    }

    private static bool IsPrintable(byte value) => value is >= 0x20 and < 0x7f;
}
