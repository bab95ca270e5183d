using KernelBuild.BootImages.Avb;
using KernelBuild.BootImages.Files;
using KernelBuild.BootImages.Layout;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Inspection;

/// <summary>Whether the certificate of a generic kernel still belongs to the image.</summary>
internal static class CertificateInspection
{
    private const string Consequence =
        "the bootloader does not look at it; Android's vendor test suite (VTS) does not accept the kernel as a generic one";

    public static void Check(ImageFile file, List<Diagnostic> findings)
    {
        var shift = file.Wrapper?.Raw.Length ?? 0;
        if (file.Wrapper is { } wrapper && !wrapper.Matches(file.Image.Span))
        {
            findings.Add(Diagnostic.Error(
                DiagnosticCodes.BootImageIdMismatch, $"the digest in the {wrapper.Name} is not that of the image behind it",
                "take a fresh copy") with
            { Offset = 8, Consequence = "the bootloader refuses the image" });
        }

        if (file.Boot is not { } boot)
        {
            return;
        }

        var section = boot.Sections.FirstOrDefault(s => s.Kind == BootImageSectionKind.Signature);
        if (file.Certificate is not { } certificate)
        {
            if (section is { Content.IsEmpty: false })
            {
                findings.Add(Diagnostic.Note(
                    DiagnosticCodes.GkiCertificateStale,
                    $"the place of the generic kernel's certificate holds "
                    + $"{(section.Content.Span.ContainsAnyExcept((byte)0) ? "no certificate" : "only zeros")}") with
                    {
                        Offset = section.Offset + shift,
                    });
            }

            return;
        }

        var stale = certificate.StaleParts(boot, file.Image);
        var broken = certificate.Structures.Any(s =>
            VbmetaSignature.Check(s) is VbmetaSignatureState.HashDiffers or VbmetaSignatureState.SignatureDiffers
                or VbmetaSignatureState.KeyInvalid or VbmetaSignatureState.Malformed);
        if (stale.Length > 0 || broken || certificate.Structures.IsEmpty)
        {
            var why = stale.Length > 0 ? $"does not belong to the content: {string.Join(", ", stale)} differ" : "is damaged";
            findings.Add(Diagnostic.Error(
                DiagnosticCodes.GkiCertificateStale, $"the certificate of the generic kernel {why}",
                "remove it: kernelbuild boot set --no-gki-certificate, or recreate it with kernelbuild certify_bootimg") with
            { Offset = certificate.Offset + shift, Consequence = Consequence });
        }
    }
}
