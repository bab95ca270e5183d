using System.Globalization;
using KernelBuild.BootImages.Dtbo;
using KernelBuild.BootImages.Files;
using KernelBuild.BootImages.Inspection;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Comparison;

/// <summary>By what a bootloader chooses an overlay, against a stock image: id, revision and custom words.</summary>
internal static class DtboCheck
{
    public static IEnumerable<Diagnostic> Check(ImageFile stock, ImageFile changed)
    {
        if (stock.Dtbo is not { } old || changed.Dtbo is not { } now)
        {
            yield break;
        }

        var left = now.Entries.ToList();
        for (var i = 0; i < old.Entries.Length; i++)
        {
            var entry = old.Entries[i];
            if (left.Find(one => Ids(now, one) == Ids(old, entry)) is not { } same)
            {
                yield return Diagnostic.Warning(
                    DiagnosticCodes.SectionUnfit,
                    $"no entry of the new image is chosen as entry {i} of the stock image is: {Ids(old, entry)}",
                    "keep the stock image's entries, and change one: kernelbuild dtbo set") with
                { Consequence = "a board that is chosen so gets no overlay, or another one" };
                continue;
            }

            left.Remove(same);
            if (DtboCompression.TryRead(old.Version, entry, out var was, out _) && DtboCompression.TryRead(now.Version, same, out var tree, out _)
                && SectionFitness.OfTreeAsOverlay(tree.Span, was.Span) is { } unfit)
            {
                yield return unfit;
            }
        }
    }

    /// <summary>Version 1 keeps in the first custom word how the entry is compressed, too.</summary>
    private static string Ids(DtboImage image, DtboEntry entry)
    {
        var custom = image.Version == 1 ? entry.Custom.SetItem(0, entry.Custom[0] & ~DtboCompression.Mask) : entry.Custom;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"id 0x{entry.Id:x}, rev 0x{entry.Revision:x}, custom {string.Join(' ', custom.Select(word => $"0x{word:x}"))}");
    }
}
