using KernelBuild.BootImages.Avb1;
using KernelBuild.BootImages.Boot;
using KernelBuild.BootImages.Layout;

namespace KernelBuild.BootImages.Vendors;

/// <summary>Names what vendors and tools put behind the last section of an image.</summary>
internal static class TailSplitter
{
    private const int MarkLength = 16;
    private const int ShortestFill = 16;

    /// <summary>Bytes from the start of a tail that are looked through for a signature: a page, and marks in front.</summary>
    private const int FarthestSignature = 1 << 17;

    // A real tail has a handful; each costs a search to the end.
    private const int MostParts = 32;

    private static ReadOnlySpan<byte> SamsungMark => "SEANDROIDENFORCE"u8;

    private static ReadOnlySpan<byte> LgMark =>
        [0x41, 0xa9, 0xe4, 0x67, 0x74, 0x4d, 0x1d, 0x1b, 0xa4, 0x29, 0xf2, 0xec, 0xea, 0x65, 0x52, 0x79];

    /// <summary>Names every byte of a tail.</summary>
    /// <param name="tail">All that follows the last section.</param>
    /// <param name="hasCertificate">Whether its last 16384 bytes are the certificate of a generic kernel.</param>
    /// <param name="regions">Gets the names.</param>
    public static void Split(ReadOnlySpan<byte> tail, bool hasCertificate, RegionList regions)
    {
        var certificate = hasCertificate ? GkiCertificate.Length : 0;
        var rest = tail[..^certificate];
        for (var parts = 1; !rest.IsEmpty; parts++)
        {
            var (name, length) = parts == MostParts ? ("tail", rest.Length) : Next(rest);
            regions.Add(name, length);
            rest = rest[length..];
        }

        regions.Add("gki_certificate", certificate);
    }

    /// <summary>Where an AVB 1 signature stands in a tail: at its start, or behind marks and fill; -1 when there is none.</summary>
    public static int FindAvb1(ReadOnlySpan<byte> tail)
    {
        var sample = tail[..Math.Min(tail.Length, FarthestSignature)];
        var at = 0;
        while (at < sample.Length)
        {
            var rest = sample[at..];
            if (Avb1Signature.LengthOf(tail[at..]) > 0)
            {
                return at;
            }

            var length = rest.StartsWith(SamsungMark) || rest.StartsWith(LgMark) ? MarkLength
                : rest[0] is 0 or 0xff ? FillLength(rest, rest[0])
                : 0;
            if (length == 0)
            {
                return -1;
            }

            at += length;
        }

        return -1;
    }

    private static (string Name, int Length) Next(ReadOnlySpan<byte> rest)
    {
        if (rest.StartsWith(SamsungMark))
        {
            return ("seandroid_mark", MarkLength);
        }

        if (rest.StartsWith(LgMark))
        {
            return ("lg_mark", MarkLength);
        }

        if (Avb1Signature.LengthOf(rest) is > 0 and var length)
        {
            return ("avb1_signature", length);
        }

        if (rest[0] is 0 or 0xff && (FillLength(rest, rest[0]) is var fill && (fill >= ShortestFill || fill == rest.Length)))
        {
            return (rest[0] == 0 ? "zero_fill" : "ff_fill", fill);
        }

        return ("tail", UnknownLength(rest));
    }

    private static int FillLength(ReadOnlySpan<byte> rest, byte value)
    {
        var end = rest.IndexOfAnyExcept(value);
        return end < 0 ? rest.Length : end;
    }

    /// <summary>Up to a mark or up to where nothing but fill follows to the end.</summary>
    private static int UnknownLength(ReadOnlySpan<byte> rest)
    {
        var end = rest.Length;
        var last = rest[^1];
        if (last is 0 or 0xff)
        {
            var fill = rest.LastIndexOfAnyExcept(last) + 1;
            end = rest.Length - fill >= ShortestFill ? fill : end;
        }

        foreach (var mark in new[] { rest[1..].IndexOf(SamsungMark), rest[1..].IndexOf(LgMark) })
        {
            end = mark >= 0 ? Math.Min(end, mark + 1) : end;
        }

        return Math.Max(end, 1);
    }
}
