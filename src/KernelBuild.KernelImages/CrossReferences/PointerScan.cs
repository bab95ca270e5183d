using System.Runtime.InteropServices;
using KernelBuild.KernelImages.Image;
using KernelBuild.KernelImages.Relocations;

namespace KernelBuild.KernelImages.CrossReferences;

/// <summary>Finds the pointers in data that point to given addresses.</summary>
public static class PointerScan
{
    /// <summary>Places and targets, by place.</summary>
    /// <param name="image">An image whose base is known.</param>
    /// <param name="targets">Addresses.</param>
    public static IReadOnlyList<(ulong Place, ulong Target)> To(KernelImage image, IReadOnlySet<ulong> targets)
    {
        var found = new List<(ulong Place, ulong Target)>();
        if (targets.Count == 0 || image.Base is not { } start)
        {
            return found;
        }

        var lowest = targets.Min();
        var span = targets.Max() - lowest;
        var table = image.Relocations;
        if (table.Form == RelocationForm.Rela)
        {
            for (var i = 0; i < table.Count; i++)
            {
                var target = table.Target(i);
                if (target - lowest <= span && targets.Contains(target))
                {
                    found.Add((table.Place(i), target));
                }
            }

            return found;
        }

        // In place. Without a table every aligned quad that has the value is taken for a pointer: a number of that size is none.
        var quads = MemoryMarshal.Cast<byte, ulong>(image.Bytes.Span);
        for (var i = 0; i < quads.Length; i++)
        {
            if (quads[i] - lowest <= span && targets.Contains(quads[i]))
            {
                found.Add((start + ((ulong)i * sizeof(ulong)), quads[i]));
            }
        }

        return found;
    }
}
