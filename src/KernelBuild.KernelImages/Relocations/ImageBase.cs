using KernelBuild.KernelImages.Bytes;

namespace KernelBuild.KernelImages.Relocations;

/// <summary>
/// Finds the address that the first byte of an image was linked to. The file does not say; but its relocations name addresses, and at the
/// right base what stands at those addresses is what a relocation is for.
/// </summary>
internal static class ImageBase
{
    // arch/arm64/include/asm/memory.h: KIMAGE_VADDR is a multiple of this, and the image stands text_offset behind it.
    private const ulong Alignment = 2 << 20;
    private const ulong Granularity = 4096;
    private const int Samples = 256;
    private const int FewestHits = 16;
    private const int MostCandidates = 512;

    /// <summary>From the table alone; null when there is none, or when no base fits.</summary>
    /// <param name="image">The image.</param>
    /// <param name="memorySize">Bytes in memory.</param>
    /// <param name="table">Its relocations.</param>
    /// <param name="textOffset">The header's; null without a header. Bases that agree with it are tried first.</param>
    public static ulong? Vote(ReadOnlySpan<byte> image, ulong memorySize, RelocationTable table, ulong? textOffset)
    {
        var count = table.Count;
        if (count == 0)
        {
            return null;
        }

        var (lowest, highest) = (ulong.MaxValue, 0ul);
        var step = Math.Max(1, count / Samples);
        var sampled = (count + step - 1) / step;
        var places = new ulong[sampled];
        for (var i = 0; i < sampled; i++)
        {
            places[i] = table.Place(i * step);
            lowest = Math.Min(lowest, places[i]);
            highest = Math.Max(highest, places[i]);
        }

        // A place lies inside the file, or its quad could not hold anything.
        var reach = (ulong)image.Length;
        var first = (highest < reach ? 0 : highest - reach + Granularity) & ~(Granularity - 1);
        var size = Math.Max(memorySize, reach);
        return (textOffset is { } offset
                ? Search(image, size, places, table, Below(first + Alignment - 1, offset), lowest, Alignment)
                : null)
            ?? Search(image, size, places, table, first, lowest, Granularity);
    }

    /// <summary>The highest base that is not above an address.</summary>
    /// <param name="address">As that of the lowest symbol.</param>
    /// <param name="textOffset">The header's.</param>
    public static ulong Below(ulong address, ulong textOffset) => address - ((address - textOffset) & (Alignment - 1));

    /// <summary>
    /// From pointers in data: at the right base most of them point to a symbol. For images without relocations whose symbols do not tell
    /// an address either.
    /// </summary>
    /// <param name="image">The image.</param>
    /// <param name="symbols">Distances of symbols from its start.</param>
    /// <param name="textOffset">The header's.</param>
    public static ulong? FromPointers(ReadOnlySpan<byte> image, IReadOnlySet<ulong> symbols, ulong textOffset)
    {
        var pointers = new List<ulong>();
        foreach (var quad in System.Runtime.InteropServices.MemoryMarshal.Cast<byte, ulong>(image))
        {
            if (quad >> 48 == 0xffff && quad < ulong.MaxValue - (ulong)image.Length)
            {
                pointers.Add(quad);
            }
        }

        var steps = (image.Length / (int)Alignment) + 1;
        var candidates = pointers.GroupBy(pointer => Below(pointer, textOffset))
            .OrderByDescending(group => group.Count())
            .Take(16)
            .SelectMany(group => Enumerable.Range(0, steps).Select(i => group.Key - ((ulong)i * Alignment)))
            .Distinct()
            .Take(MostCandidates);
        var (best, most) = (0ul, FewestHits - 1);
        foreach (var candidate in candidates)
        {
            var hits = pointers.Count(pointer => symbols.Contains(pointer - candidate));
            (best, most) = hits > most ? (candidate, hits) : (best, most);
        }

        return best == 0 ? null : best;
    }

    private static ulong? Search(
        ReadOnlySpan<byte> image, ulong size, ulong[] places, RelocationTable table, ulong first, ulong last, ulong step)
    {
        if (first > last)
        {
            return null;
        }

        // counted: a damaged place can be so near to the end of all addresses that a sum would begin again at 0
        var steps = (last - first) / step;
        for (var i = 0ul; i <= steps; i++)
        {
            if (Fits(image, first + (i * step), size, places, table))
            {
                return first + (i * step);
            }
        }

        return null;
    }

    private static bool Fits(ReadOnlySpan<byte> image, ulong start, ulong size, ulong[] places, RelocationTable table)
    {
        var wrong = 0;
        for (var i = 0; i < places.Length; i++)
        {
            var quad = KernelBytes.U64(image, (long)(places[i] - start));
            var isRight = table.Form == RelocationForm.Relr
                ? quad >= start && quad - start <= size
                : quad == 0 || (table.TryTarget(places[i], out var target) && quad == target);
            wrong += isRight ? 0 : 1;
            if (wrong * 50 > places.Length)
            {
                return false;
            }
        }

        return true;
    }
}
