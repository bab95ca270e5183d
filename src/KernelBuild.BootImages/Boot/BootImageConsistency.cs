using KernelBuild.BootImages.Layout;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Boot;

/// <summary>Fields and padding that contradict the rest of an image and yet do not hinder reading it.</summary>
internal static class BootImageConsistency
{
    public static void Check(BootImage image, List<Diagnostic> findings)
    {
        CheckHeaderSize(image, findings);
        if (!image.OsVersion.IsValid)
        {
            Add(
                image.HeaderVersion >= 3 ? BootImageFields.V3OsVersion : BootImageFields.OsVersion,
                $"os_version 0x{image.OsVersion.Raw:x8} holds month {image.OsVersion.PatchMonth}, expected 1 to 12");
        }

        if (image.Reserved.Span.ContainsAnyExcept((byte)0))
        {
            Add(BootImageFields.V3Reserved, "the reserved words of the header are not zero");
        }

        CheckRecoveryDtboOffset(image, findings);
        if (image.HeaderVersion == 2 && image.Dtb.IsEmpty)
        {
            Add(BootImageFields.DtbSize, "a version 2 image must have a device tree, and dtb_size is 0");
        }

        PaddingCheck.Check(image.HeaderLength, "header", image.HeaderPadding, findings);
        foreach (var section in image.Sections)
        {
            PaddingCheck.Check(section.Offset + section.Content.Length, section.Name, section.Padding, findings);
        }

        void Add(long offset, string message) =>
            findings.Add(Diagnostic.Warning(
                DiagnosticCodes.BootImageHeaderInvalid, message,
                "recreate the image with mkbootimg or with KernelBuild") with { Offset = offset });
    }

    private static void CheckHeaderSize(BootImage image, List<Diagnostic> findings)
    {
        var expected = BootImageFields.HeaderLength(image.HeaderVersion);
        if (image.HeaderVersion >= 1 && image.HeaderSize != expected)
        {
            findings.Add(Diagnostic.Warning(
                DiagnosticCodes.BootImageHeaderInvalid,
                $"header_size is {image.HeaderSize}, expected {expected} in a version {image.HeaderVersion} header",
                image.HeaderVersion == 3
                    ? "bootloaders ignore it; mkbootimg 29 writes 1596 by mistake, a newer one does not"
                    : "recreate the image with mkbootimg or with KernelBuild")
                with
            { Offset = image.HeaderVersion >= 3 ? BootImageFields.V3HeaderSize : BootImageFields.HeaderSize });
        }
    }

    private static void CheckRecoveryDtboOffset(BootImage image, List<Diagnostic> findings)
    {
        var section = image.Sections.FirstOrDefault(s => s.Kind == BootImageSectionKind.RecoveryDtbo);
        if (section is null)
        {
            return;
        }

        var expected = section.Content.IsEmpty ? 0 : section.Offset;
        if (image.RecoveryDtboOffset != (ulong)expected)
        {
            findings.Add(Diagnostic.Warning(
                DiagnosticCodes.BootImageHeaderInvalid,
                $"recovery_dtbo_offset is {image.RecoveryDtboOffset}, and the sizes before it put the section at {expected}",
                "recreate the image with mkbootimg or with KernelBuild") with
            { Offset = BootImageFields.RecoveryDtboOffset });
        }
    }
}
