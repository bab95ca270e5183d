using System.Text;
using KernelBuild.BootImages.Boot;
using KernelBuild.BootImages.Files;
using KernelBuild.BootImages.Inspection;
using KernelBuild.BootImages.Layout;
using KernelBuild.BootImages.VendorBoot;
using KernelBuild.BootImages.Vendors;
using KernelBuild.Compression.Codecs;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Verification;

/// <summary>Proves, from the bytes that were written alone, that an image holds what it must.</summary>
public static class ImageProof
{
    private const int SmallImage = 1 << 20;

    /// <summary>Reads the image again and compares; nothing of what the writer remembers is trusted.</summary>
    /// <param name="bytes">As read back from the disk.</param>
    /// <param name="expectation">What it must hold.</param>
    /// <param name="file">The image as it was read; null when it cannot be.</param>
    /// <param name="maximumLength">Bytes that kernel and ramdisk may decompress to at most.</param>
    /// <returns>
    /// Empty when it does; else errors: KB5005 kernel, KB5006 ramdisk, KB5008 device tree, KB5003 command line, KB5011 to KB5013 what is
    /// inside them, and those of reading, of the id and of AVB.
    /// </returns>
    public static IReadOnlyList<Diagnostic> Check(
        ReadOnlyMemory<byte> bytes, ImageExpectation expectation, out ImageFile? file,
        long maximumLength = Decompressor.DefaultMaximumLength)
    {
        if (!ImageFile.TryRead(bytes, out file, out var findings))
        {
            return findings;
        }

        // Kernel and ramdisk are decompressed below; looking inside a second time would only cost. A small image is not worth a thread.
        var image = file;
        var inspection = bytes.Length < SmallImage ? Task.FromResult(Inspect(image, findings)) : Task.Run(() => Inspect(image, findings));
        var proof = new PartProof(expectation.IsNew, maximumLength);
        if (expectation.Kernel != ExpectedContent.Any)
        {
            proof.Check(Kernel(file, expectation.IsNew), expectation.Kernel);
        }

        var ramdisk = Ramdisk(file, expectation.IsNew);
        proof.Check(ramdisk, expectation.Ramdisk);
        if (expectation.IsNew)
        {
            proof.CheckArchive(ramdisk);
        }

        foreach (var (number, fragment) in expectation.Fragments)
        {
            proof.Check(Fragment(file, number), fragment);
        }

        CheckOverlays(file, expectation, proof);
        proof.Check(Dtb(file), expectation.Dtb);
        proof.Check(CommandLine(file), expectation.CommandLine);
        return
        [
            .. inspection.GetAwaiter().GetResult().Findings
                .Where(finding => IsError(finding, expectation.IsNew))
                .Where(finding => !expectation.AllowsStaleSignature || finding.Code != DiagnosticCodes.AvbSignatureInvalid)
                .Select(AsError),
            .. proof.Errors,
        ];
    }

    private static ImageInspection Inspect(ImageFile file, IReadOnlyList<Diagnostic> findings) =>
        ImageInspection.Of(file, findings, new InspectionOptions { LookInside = false });

    /// <summary>What is a warning in an image of unknown origin is an error in one that was just made.</summary>
    private static bool IsError(Diagnostic finding, bool isNew) =>
        finding.Severity == DiagnosticSeverity.Error
        || (isNew
            && finding.Code is DiagnosticCodes.BootImageHeaderInvalid or DiagnosticCodes.BootImageIdMismatch
                or DiagnosticCodes.BootImagePaddingNotZero);

    private static Diagnostic AsError(Diagnostic finding) => finding with { Severity = DiagnosticSeverity.Error };

    private static ImagePart Kernel(ImageFile file, bool isNew)
    {
        var section = file.Boot?.Sections.FirstOrDefault(s => s.Kind == BootImageSectionKind.Kernel);
        var parts = isNew ? null : SectionParts.OfKernel(section?.Content ?? default);
        return new ImagePart(
            "kernel", DiagnosticCodes.BootImageKernelDiffers, At(file, section?.Offset) + (parts?.StreamOffset ?? 0),
            parts?.Stream ?? section?.Content ?? default);
    }

    private static ImagePart Ramdisk(ImageFile file, bool isNew)
    {
        if (file.VendorBoot is { } vendorBoot)
        {
            var whole = vendorBoot.Sections.First(s => s.Kind == VendorBootSectionKind.Ramdisk);
            return new ImagePart("ramdisk", DiagnosticCodes.BootImageRamdiskDiffers, At(file, whole.Offset), whole.Content);
        }

        var section = file.Boot?.Sections.FirstOrDefault(s => s.Kind == BootImageSectionKind.Ramdisk);
        var parts = isNew ? null : SectionParts.OfRamdisk(section?.Content ?? default);
        return new ImagePart(
            "ramdisk", DiagnosticCodes.BootImageRamdiskDiffers, At(file, section?.Offset) + (parts?.StreamOffset ?? 0),
            parts?.Stream ?? section?.Content ?? default);
    }

    private static ImagePart Fragment(ImageFile file, int number)
    {
        var section = file.VendorBoot?.Sections.First(s => s.Kind == VendorBootSectionKind.Ramdisk);
        var fragment = file.VendorBoot?.Ramdisks.ElementAtOrDefault(number);
        return new ImagePart(
            $"fragment \"{HeaderText.Printable(fragment?.Name ?? "")}\"",
            DiagnosticCodes.BootImageRamdiskDiffers,
            At(file, section?.Offset) + (fragment?.Offset ?? 0),
            fragment?.Content ?? default);
    }

    private static ImagePart Dtb(ImageFile file)
    {
        var (offset, content) = file.VendorBoot?.Sections.First(s => s.Kind == VendorBootSectionKind.Dtb) is { } section
            ? (section.Offset, section.Content)
            : (file.Boot?.Sections.FirstOrDefault(s => s.Kind == BootImageSectionKind.Dtb)?.Offset ?? 0, file.Boot?.Dtb ?? default);
        return new ImagePart("dtb", DiagnosticCodes.BootImageDtbDiffers, At(file, offset), content);
    }

    private static void CheckOverlays(ImageFile file, ImageExpectation expectation, PartProof proof)
    {
        var entries = file.Dtbo?.Entries ?? [];
        if (!expectation.Overlays.IsEmpty && entries.Length != expectation.Overlays.Length)
        {
            proof.Errors.Add(Diagnostic.Error(
                DiagnosticCodes.DtboInvalid, $"the image has {entries.Length} overlays, and {expectation.Overlays.Length} are expected",
                "do not flash this image; this is a bug in kernelbuild, please report it"));
            return;
        }

        foreach (var (expected, i) in expectation.Overlays.Select((expected, i) => (expected, i)))
        {
            proof.Check(
                new ImagePart($"overlay {i}", DiagnosticCodes.BootImageDtbDiffers, At(file, entries[i].Offset), entries[i].Content), expected);
        }
    }

    private static ImagePart CommandLine(ImageFile file) => new(
        "command line",
        DiagnosticCodes.BootImageHeaderInvalid,
        At(file, file.VendorBoot is null ? BootImageFields.CommandLine : VendorBootFields.CommandLine),
        Encoding.UTF8.GetBytes(file.Boot?.CommandLine ?? file.VendorBoot?.CommandLine ?? ""));

    private static long At(ImageFile file, long? offset) => (file.Wrapper?.Raw.Length ?? 0) + (offset ?? 0);
}
