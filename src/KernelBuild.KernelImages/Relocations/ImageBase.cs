using KernelBuild.KernelImages.Bytes;

namespace KernelBuild.KernelImages.Relocations;

/// <summary>
/// Finds the address that the first byte of an image was linked to. The file does not say; but its relocations name addresses, and at the
/// right base what stands at those addresses is what a relocation is for.
/// </summary>
internal static class ImageBase
{
    private const ulong Granularity = 4096;
    private const int Samples = 256;

    /// <summary>From the table alone; null when there is none, or when no base fits.</summary>
    public static ulong? Vote(ReadOnlySpan<byte> image, ulong memorySize, RelocationTable table)
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
        var candidate = (highest < reach ? 0 : highest - reach + Granularity) & ~(Granularity - 1);
        for (; candidate <= lowest; candidate += Granularity)
        {
            if (Fits(image, candidate, Math.Max(memorySize, reach), places, table))
            {
                return candidate;
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
