using KernelBuild.BootImages.Comparison;
using KernelBuild.BootImages.Files;
using KernelBuild.BootImages.Inspection;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;

namespace KernelBuild.Flashing;

/// <summary>What <c>boot verify</c> and <c>boot diff</c> say of the images, before a bootloader does.</summary>
public static class FlashImageCheck
{
    /// <summary>The findings of all images, each with its file.</summary>
    /// <param name="targets">What is to be written.</param>
    /// <param name="backups">What is there now, by partition with slot: a stock image or a backup; partitions without are verified
    /// only.</param>
    /// <param name="isLocked">On a device that is not locked, what only a locked one refuses is a warning.</param>
    public static IEnumerable<Diagnostic> Check(
        IReadOnlyList<FlashTarget> targets, IReadOnlyDictionary<string, string> backups, bool isLocked)
    {
        var vendorBoot = targets.FirstOrDefault(target => target.Image.Partition == "vendor_boot") is { } vendor
            && TryRead(vendor.Image.File.Path, out var vendorImage, out _) ? vendorImage : null;
        foreach (var target in targets)
        {
            var path = target.Image.File.Path;
            if (!TryRead(path, out var image, out var findings))
            {
                foreach (var finding in findings)
                {
                    yield return finding with { File = path };
                }

                continue;
            }

            IEnumerable<Diagnostic> found = ImageInspection.Of(image!, findings, new InspectionOptions { FileName = path }).Findings;
            if (backups.GetValueOrDefault(target.Partition) is { } before && TryRead(before, out var stock, out _))
            {
                found = found.Concat(ImageComparison.Of(stock!, image!, vendorBoot, target.Size).Findings);
            }

            foreach (var finding in found.DistinctBy(finding => (finding.Code, finding.Message)))
            {
                yield return Weighed(finding, isLocked) with { File = path };
            }
        }
    }

    /// <summary>
    /// An unlocked bootloader boots what is signed with another key, is older, or is not signed. Source: libavb, avb_slot_verify.c, which
    /// lets these results pass with AVB_SLOT_VERIFY_FLAGS_ALLOW_VERIFICATION_ERROR.
    /// </summary>
    private static Diagnostic Weighed(Diagnostic finding, bool isLocked) =>
        !isLocked && finding.Severity == DiagnosticSeverity.Error
        && (finding.Code is DiagnosticCodes.AvbKeyUntrusted or DiagnosticCodes.AvbSignatureInvalid or DiagnosticCodes.AvbNotSigned
            || (finding.Code == DiagnosticCodes.AvbPolicy
                && finding.Consequence.Contains("ERROR_ROLLBACK_INDEX", StringComparison.Ordinal)))
            ? finding with { Severity = DiagnosticSeverity.Warning }
            : finding;

    private static bool TryRead(string path, out ImageFile? image, out IReadOnlyList<Diagnostic> findings)
    {
        image = null;
        if (!InputFile.TryRead(path, out var bytes, out var error))
        {
            findings = [error];
            return false;
        }

        return ImageFile.TryRead(bytes, out image, out findings);
    }
}
