using System.Collections.Immutable;
using KernelBuild.BootImages.Avb;
using KernelBuild.BootImages.Dtbo;
using KernelBuild.BootImages.Layout;
using KernelBuild.BootImages.Vendors;

namespace KernelBuild.BootImages.Files;

/// <summary>Gives every byte of a file a name.</summary>
public static class RegionMap
{
    /// <summary>The regions in the order of the file; they do not overlap, and their sizes add up to the file's.</summary>
    public static ImmutableArray<Region> Of(ImageFile file)
    {
        var regions = new RegionList();
        if (file.Wrapper is { } wrapper)
        {
            regions.Add(wrapper.Name, wrapper.Raw.Length);
        }

        switch (file.Kind)
        {
            case ImageKind.Boot:
                AddBoot(file, regions);
                break;
            case ImageKind.VendorBoot:
                AddVendorBoot(file, regions);
                break;
            case ImageKind.Dtbo:
                AddDtbo(file.Dtbo!, regions);
                break;
            case ImageKind.Vbmeta:
                AddVbmeta(file.Vbmeta!, regions);
                TailSplitter.Split(file.Content.Span[(int)regions.End..], false, regions);
                break;
            default:
                regions.AddUntil("content", file.ContentLength);
                break;
        }

        if (file.Footer is { } footer)
        {
            regions.AddUntil("content_padding", (long)footer.VbmetaOffset);
            if (file.Vbmeta is { } vbmeta)
            {
                AddVbmeta(vbmeta, regions);
            }

            regions.AddUntil("vbmeta_padding", (long)(footer.VbmetaOffset + footer.VbmetaSize));
            regions.AddUntil("avb_fill", file.Bytes.Length - AvbFooter.Length);
            regions.Add("avb_footer", AvbFooter.Length);
        }

        return regions.ToImmutable();
    }

    private static void AddBoot(ImageFile file, RegionList regions)
    {
        var boot = file.Boot!;
        regions.Add("header", boot.HeaderLength);
        regions.Add("header_padding", boot.HeaderPadding.Length);
        foreach (var section in boot.Sections)
        {
            if (section.Kind is BootImageSectionKind.Kernel or BootImageSectionKind.Ramdisk)
            {
                var parts = section.Kind == BootImageSectionKind.Kernel
                    ? SectionParts.OfKernel(section.Content)
                    : SectionParts.OfRamdisk(section.Content);
                regions.Add(section.Name + "_mtk_header", parts.StreamOffset);
                regions.Add(section.Name, parts.Stream.Length);
                regions.Add(section.Name + "_dtb", parts.DeviceTrees.Length);
            }
            else
            {
                regions.Add(section.Name, section.Content.Length);
            }

            regions.Add(section.Name + "_padding", section.Padding.Length);
        }

        TailSplitter.Split(boot.Tail.Span, file.Certificate?.Offset >= file.Image.Length - boot.Tail.Length, regions);
    }

    private static void AddVendorBoot(ImageFile file, RegionList regions)
    {
        var image = file.VendorBoot!;
        regions.Add("header", image.Header.Length);
        regions.Add("header_padding", image.HeaderPadding.Length);
        foreach (var section in image.Sections)
        {
            var end = regions.End + section.Content.Length;
            if (section.Kind == VendorBoot.VendorBootSectionKind.Ramdisk)
            {
                var start = regions.End;
                foreach (var (ramdisk, i) in image.Ramdisks.Select((ramdisk, i) => (ramdisk, i)).OrderBy(pair => pair.ramdisk.Offset))
                {
                    // Fragments that overlap, or lie beyond their section, have their finding; here each byte is counted once.
                    regions.AddUntil("vendor_ramdisk_gap", Math.Min(start + ramdisk.Offset, end));
                    regions.AddUntil($"vendor_ramdisk_{i:00}", Math.Min(start + ramdisk.Offset + ramdisk.Size, end));
                }
            }

            regions.AddUntil(section.Name, end);
            regions.Add(section.Name + "_padding", section.Padding.Length);
        }

        TailSplitter.Split(image.Tail.Span, false, regions);
    }

    private static void AddDtbo(DtboImage dtbo, RegionList regions)
    {
        var start = regions.End;
        regions.Add("header", DtboFields.HeaderLength);
        regions.AddUntil("header_gap", start + dtbo.EntriesOffset);
        regions.Add("table", dtbo.Entries.Length * (long)dtbo.EntrySize);
        foreach (var (entry, i) in dtbo.Entries.Select((entry, i) => (entry, i)).OrderBy(pair => pair.entry.Offset))
        {
            regions.AddUntil("gap", start + entry.Offset);
            regions.AddUntil($"dtb_{i:00}", start + entry.Offset + entry.Size);
        }

        regions.AddUntil("gap", start + dtbo.Bytes.Length);
        TailSplitter.Split(dtbo.Tail.Span, false, regions);
    }

    private static void AddVbmeta(Vbmeta vbmeta, RegionList regions)
    {
        regions.Add("vbmeta_header", VbmetaFields.HeaderLength);
        regions.Add("vbmeta_authentication", vbmeta.AuthenticationBlock.Length);
        regions.Add("vbmeta_auxiliary", vbmeta.AuxiliaryBlock.Length);
    }
}
