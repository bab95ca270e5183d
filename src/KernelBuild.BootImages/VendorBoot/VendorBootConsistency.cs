using KernelBuild.BootImages.Layout;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.VendorBoot;

/// <summary>What contradicts the rest of a vendor_boot image and yet does not hinder reading it.</summary>
internal static class VendorBootConsistency
{
    private static ReadOnlySpan<byte> BootConfigTrailer => "#BOOTCONFIG\n"u8;

    public static void Check(VendorBootImage image, List<Diagnostic> findings)
    {
        var expected = VendorBootFields.HeaderLength(image.HeaderVersion);
        if (image.HeaderSize != expected)
        {
            Warn(
                DiagnosticCodes.BootImageHeaderInvalid, VendorBootFields.HeaderSize,
                $"header_size is {image.HeaderSize}, expected {expected} in a version {image.HeaderVersion} vendor_boot header",
                "mkbootimg 29 writes 2108 by mistake; bootloaders ignore the field");
        }

        if (image.HeaderVersion == 3 && image.Dtb.IsEmpty)
        {
            Warn(
                DiagnosticCodes.BootImageHeaderInvalid, VendorBootFields.DtbSize,
                "a version 3 vendor_boot image must have a device tree, and dtb_size is 0", "recreate the image with a dtb");
        }

        CheckTable(image, findings);
        if (image.BootConfig.Span.EndsWith(BootConfigTrailer))
        {
            var section = image.Sections.First(s => s.Kind == VendorBootSectionKind.BootConfig);
            Warn(
                DiagnosticCodes.BootConfigInvalid, section.Offset + image.BootConfig.Length - BootConfigTrailer.Length,
                "the bootconfig section ends with a #BOOTCONFIG trailer, which the bootloader adds itself",
                "remove trailer, checksum and size (20 bytes) from the text");
        }

        PaddingCheck.Check(image.Header.Length, "header", image.HeaderPadding, findings);
        foreach (var section in image.Sections)
        {
            PaddingCheck.Check(section.Offset + section.Content.Length, section.Name, section.Padding, findings);
        }

        void Warn(string code, long offset, string message, string fix) =>
            findings.Add(Diagnostic.Warning(code, message, fix) with { Offset = offset });
    }

    private static void CheckTable(VendorBootImage image, List<Diagnostic> findings)
    {
        if (image.HeaderVersion < 4)
        {
            return;
        }

        var table = image.Sections.First(s => s.Kind == VendorBootSectionKind.RamdiskTable);
        long next = 0;
        var names = new HashSet<string>(StringComparer.Ordinal);
        long at = table.Offset;
        foreach (var ramdisk in image.Ramdisks)
        {
            var name = HeaderText.Printable(ramdisk.Name);
            if ((long)ramdisk.Offset + ramdisk.Size > image.Ramdisk.Length)
            {
                Report(
                    DiagnosticSeverity.Error, at,
                    $"the fragment \"{name}\" reaches to byte {(long)ramdisk.Offset + ramdisk.Size} of a ramdisk section of "
                    + $"{image.Ramdisk.Length}");
            }
            else if (ramdisk.Offset != next)
            {
                Report(
                    DiagnosticSeverity.Warning, at,
                    $"the fragment \"{name}\" starts at {ramdisk.Offset} of the ramdisk section, and the one before ends at {next}");
            }

            if (!names.Add(ramdisk.Name))
            {
                Report(DiagnosticSeverity.Warning, at, $"two fragments are called \"{name}\"");
            }

            if (ramdisk.Type > 3)
            {
                Report(DiagnosticSeverity.Warning, at, $"the fragment \"{name}\" has the type {ramdisk.Type}, expected 0 to 3");
            }

            next = (long)ramdisk.Offset + ramdisk.Size;
            at += ramdisk.Entry.Length;
        }

        if (image.Ramdisks.Length > 0 && next != image.Ramdisk.Length)
        {
            Report(
                DiagnosticSeverity.Warning, table.Offset,
                $"the fragments end at {next}, and the ramdisk section has {image.Ramdisk.Length} bytes");
        }

        void Report(DiagnosticSeverity severity, long offset, string message) => findings.Add(
            new Diagnostic(DiagnosticCodes.VendorRamdiskTableInvalid, severity, $"ramdisk table: {message}")
            {
                Offset = offset,
                Fix = "recreate the image, or take a fresh copy",
            });
    }
}
