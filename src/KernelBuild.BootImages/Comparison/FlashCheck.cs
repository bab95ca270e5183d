using KernelBuild.BootImages.Files;
using KernelBuild.BootImages.Inspection;
using KernelBuild.BootImages.Vendors;
using KernelBuild.Compression.Codecs;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Comparison;

/// <summary>Whether an image can be flashed in the place of a stock image.</summary>
internal static class FlashCheck
{
    public static IEnumerable<Diagnostic> Check(ImageFile stock, ImageFile changed, ImageFile? vendorBoot, long? partitionSize)
    {
        if (stock.Kind != changed.Kind)
        {
            yield return Diagnostic.Error(
                DiagnosticCodes.EditImpossible, $"the stock file is a {stock.Kind} image, the new one a {changed.Kind} image",
                "compare images of the same partition");
            yield break;
        }

        var limit = partitionSize ?? (stock.Footer is not null ? stock.Bytes.Length : null);
        if (limit is { } size && changed.Bytes.Length > size)
        {
            yield return Diagnostic.Error(
                DiagnosticCodes.ImageLargerThanPartition, $"the new image has {changed.Bytes.Length} bytes, and the partition {size}",
                "make it smaller") with
            { Found = $"{changed.Bytes.Length}", Expected = $"at most {size}", Consequence = "fastboot refuses it" };
        }

        var (oldVersion, newVersion) = (Version(stock), Version(changed));
        if (oldVersion != newVersion)
        {
            yield return Diagnostic.Error(
                DiagnosticCodes.BootImageHeaderInvalid, $"the header version is {newVersion}, and the stock image's {oldVersion}",
                $"make the image with header version {oldVersion}") with
            {
                Found = $"{newVersion}",
                Expected = $"{oldVersion}",
                Consequence = "the bootloader looks for the sections in other places, and does not boot",
            };
        }

        if (stock.Footer is not null && changed.Footer is null)
        {
            yield return Diagnostic.Warning(
                DiagnosticCodes.AvbNotSigned, "the stock image has AVB data, and the new one has none",
                "sign it: kernelbuild avb sign") with
            { Consequence = "an unlocked device boots it; a locked one does not" };
        }
        else if (stock.Vbmeta?.Algorithm != changed.Vbmeta?.Algorithm)
        {
            yield return Diagnostic.Warning(
                DiagnosticCodes.AvbNotSigned,
                $"AVB algorithm {changed.Vbmeta?.Algorithm?.Name ?? "none"}, the stock image's is "
                + $"{stock.Vbmeta?.Algorithm?.Name ?? "none"}") with
            { Consequence = "only an unlocked device boots it, unless vbmeta.img was updated too" };
        }

        foreach (var finding in CheckRamdisk(stock, changed, vendorBoot))
        {
            yield return finding;
        }

        foreach (var finding in ImageInspection
            .Of(changed, [], new InspectionOptions { LookInside = false }).Findings
            .Where(f => f.Severity == DiagnosticSeverity.Error))
        {
            yield return finding;
        }
    }

    private static IEnumerable<Diagnostic> CheckRamdisk(ImageFile stock, ImageFile changed, ImageFile? vendorBoot)
    {
        if (changed.Boot is not { Ramdisk.IsEmpty: false } boot)
        {
            yield break;
        }

        var format = Format(SectionParts.OfRamdisk(boot.Ramdisk).Stream);
        var expected = vendorBoot?.VendorBoot is { } vendor
            ? Format(
                vendor.Ramdisks.Select(r => r.Content).FirstOrDefault(c => !c.IsEmpty) is { IsEmpty: false } first ? first : vendor.Ramdisk)
            : stock.Boot is { Ramdisk.IsEmpty: false } old ? Format(SectionParts.OfRamdisk(old.Ramdisk).Stream) : format;
        if (format != expected)
        {
            // In memory the two ramdisks lie behind each other, and the kernel unpacks them as one stream of one kind.
            yield return new Diagnostic(
                DiagnosticCodes.RamdiskCompressionDiffers,
                vendorBoot is null ? DiagnosticSeverity.Warning : DiagnosticSeverity.Error,
                $"the ramdisk is stored as {CompressionFormats.NameOf(format)}, and "
                + $"{(vendorBoot is null ? "the stock image's" : "vendor_boot's")} as {CompressionFormats.NameOf(expected)}")
            {
                Fix = $"store it as {CompressionFormats.NameOf(expected)}: kernelbuild boot set --ramdisk-compression",
                Consequence =
                    "from header version 3 on, the bootloader joins boot's and vendor_boot's ramdisks; if they are compressed in different "
                    + "ways, the device reboots in a loop",
            };
        }
    }

    private static CompressionFormat Format(ReadOnlyMemory<byte> stream) => CompressionFormats.Recognize(stream.Span);

    private static uint? Version(ImageFile file) => file.Boot?.HeaderVersion ?? file.VendorBoot?.HeaderVersion ?? file.Dtbo?.Version;
}
