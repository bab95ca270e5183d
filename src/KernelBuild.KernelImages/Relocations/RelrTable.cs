using KernelBuild.KernelImages.Bytes;

namespace KernelBuild.KernelImages.Relocations;

/// <summary>
/// .relr.dyn, found by what its words look like: an even word is the address of a quad to relocate, an odd one a bitmap of the 63 quads
/// that follow. Source: the generic ELF ABI, SHT_RELR; arch/arm64/kernel/pi/relocate.c.
/// </summary>
/// <param name="Offset">Of the first word, in bytes from the start of the image.</param>
/// <param name="Words">Words of 8 bytes.</param>
internal sealed record RelrTable(int Offset, int Words)
{
    private const int QuadsPerBitmap = 63;
    private const int FewestWords = 64;
    private const ulong FarthestNext = 1ul << 26;

    /// <summary>The longest run of such words in which one of eight at least is a bitmap; null when there is none of at least 64.</summary>
    public static RelrTable? Find(ReadOnlySpan<byte> image)
    {
        RelrTable? best = null;
        var (start, bitmaps, last) = (-1, 0, 0ul);
        var words = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, ulong>(image);
        for (var i = 0; i <= words.Length; i++)
        {
            var word = i < words.Length ? words[i] : 0;
            var isAddress = word >> 48 == 0xffff && (word & 7) == 0;
            if (start >= 0 && (word & 1) != 0)
            {
                bitmaps++;
                last += QuadsPerBitmap * sizeof(ulong);
                continue;
            }

            if (start >= 0 && isAddress && word >= last && word - last < FarthestNext)
            {
                last = word + sizeof(ulong);
                continue;
            }

            if (start >= 0 && i - start >= FewestWords && bitmaps * 8 >= i - start && i - start > (best?.Words ?? 0))
            {
                best = new RelrTable(start * sizeof(ulong), i - start);
            }

            (start, bitmaps, last) = isAddress ? (i, 0, word + sizeof(ulong)) : (-1, 0, 0);
        }

        return best;
    }

    /// <summary>The addresses of all quads, ascending; never more than the image has.</summary>
    public ulong[] Places(ReadOnlySpan<byte> image)
    {
        var places = new List<ulong>();
        var most = image.Length / sizeof(ulong);
        var next = 0ul;
        for (var i = 0; i < Words && places.Count < most; i++)
        {
            var word = KernelBytes.U64(image, Offset + ((long)i * sizeof(ulong)));
            if ((word & 1) == 0)
            {
                places.Add(word);
                next = word + sizeof(ulong);
                continue;
            }

            for (var bit = 0; bit < QuadsPerBitmap; bit++)
            {
                if ((word >> (bit + 1) & 1) != 0)
                {
                    places.Add(next + ((ulong)bit * sizeof(ulong)));
                }
            }

            next += QuadsPerBitmap * sizeof(ulong);
        }

        return [.. places];
    }
}
