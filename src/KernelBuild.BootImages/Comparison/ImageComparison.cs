using System.Collections.Immutable;
using KernelBuild.BootImages.Files;
using KernelBuild.BootImages.Layout;
using KernelBuild.Compression.Memory;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Comparison;

/// <summary>A stock image and what was made of it, region by region, and whether the result can be flashed.</summary>
/// <param name="Changes">All regions of both, unchanged ones included, in the order of the new file.</param>
/// <param name="Findings">What hinders flashing (errors), and what to know before (warnings).</param>
public sealed record ImageComparison(ImmutableArray<RegionChange> Changes, ImmutableArray<Diagnostic> Findings)
{
    public bool IsSame => Changes.All(change => change.Kind == "same");

    /// <summary>Compares.</summary>
    /// <param name="stock">What the device runs.</param>
    /// <param name="changed">What is to be flashed.</param>
    /// <param name="vendorBoot">The device's vendor_boot, for the ramdisks' compression; null when not given.</param>
    /// <param name="partitionSize">Null for the stock file's length, when it ends with AVB data or fill.</param>
    public static ImageComparison Of(ImageFile stock, ImageFile changed, ImageFile? vendorBoot = null, long? partitionSize = null) =>
        new([.. Compare(stock, changed)], [.. FlashCheck.Check(stock, changed, vendorBoot, partitionSize)]);

    /// <summary>The same for two lists of regions; used for the list of changes that an edit prints.</summary>
    public static IEnumerable<RegionChange> Compare(ImageFile stock, ImageFile changed)
    {
        // Names can repeat (fill); the n-th of a name is compared with the n-th.
        var old = Numbered(RegionMap.Of(stock));
        foreach (var (key, region) in Numbered(RegionMap.Of(changed)))
        {
            if (!old.Remove(key, out var before))
            {
                yield return new RegionChange(region.Name, "added", null, region);
                continue;
            }

            var isEqual = MemoryWindow.AreEqual(Slice(stock, before), Slice(changed, region));
            yield return new RegionChange(
                region.Name, !isEqual ? "changed" : before.Offset == region.Offset ? "same" : "moved", before, region);
        }

        foreach (var region in old.Values.OrderBy(r => r.Offset))
        {
            yield return new RegionChange(region.Name, "removed", region, null);
        }
    }

    private static ReadOnlyMemory<byte> Slice(ImageFile file, Region region) => file.Bytes.Slice((int)region.Offset, (int)region.Size);

    private static Dictionary<(string Name, int Number), Region> Numbered(ImmutableArray<Region> regions)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        var numbered = new Dictionary<(string, int), Region>();
        foreach (var region in regions)
        {
            var number = counts.GetValueOrDefault(region.Name);
            counts[region.Name] = number + 1;
            numbered.Add((region.Name, number), region);
        }

        return numbered;
    }
}
