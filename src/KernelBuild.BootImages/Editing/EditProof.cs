using KernelBuild.BootImages.Boot;
using KernelBuild.BootImages.Files;
using KernelBuild.BootImages.Inspection;
using KernelBuild.BootImages.Layout;
using KernelBuild.BootImages.Vendors;
using KernelBuild.Compression.Codecs;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Editing;

/// <summary>Proves, from the bytes that were written, that an edited image holds what it was given.</summary>
public static class EditProof
{
    /// <summary>Reads the image again and compares; nothing of the editor's memory is trusted.</summary>
    /// <param name="bytes">As read back from the disk.</param>
    /// <param name="expectation">What it must hold.</param>
    /// <param name="file">The image as it was read; null when it cannot be.</param>
    /// <returns>Empty when it does; else errors: KB5005 kernel, KB5006 ramdisk, KB5008 device tree, KB5003 command line, and those of reading and of AVB.</returns>
    public static IReadOnlyList<Diagnostic> Check(ReadOnlyMemory<byte> bytes, EditExpectation expectation, out ImageFile? file)
    {
        if (!ImageFile.TryRead(bytes, out file, out var findings))
        {
            return findings;
        }

        // Kernel and ramdisk are decompressed below; looking inside a second time would only cost.
        var image = file;
        var inspection = Task.Run(() => ImageInspection.Of(image, findings, new InspectionOptions { LookInside = false }));
        var errors = new List<Diagnostic>();
        if (expectation.Kernel is { } kernel)
        {
            Compare("kernel", SectionParts.OfKernel(file.Boot?.Kernel ?? default).Stream, kernel, DiagnosticCodes.BootImageKernelDiffers, errors);
        }

        if (expectation.Ramdisk is { } ramdisk)
        {
            var stream = file.Boot is { } boot ? SectionParts.OfRamdisk(boot.Ramdisk).Stream : file.VendorBoot?.Ramdisk ?? default;
            Compare("ramdisk", stream, ramdisk, DiagnosticCodes.BootImageRamdiskDiffers, errors);
        }

        foreach (var (name, fragment) in expectation.Fragments)
        {
            var stream = file.VendorBoot?.Ramdisks.FirstOrDefault(r => r.Name == name)?.Content ?? default;
            Compare($"fragment \"{HeaderText.Printable(name)}\"", stream, fragment, DiagnosticCodes.BootImageRamdiskDiffers, errors);
        }

        if (expectation.Dtb is { } dtb && !dtb.Matches(file.Boot?.Dtb ?? file.VendorBoot?.Dtb ?? default))
        {
            errors.Add(Differs(DiagnosticCodes.BootImageDtbDiffers, "the dtb in the written image is not the one that was given"));
        }

        if (expectation.CommandLine is { } commandLine && commandLine != (file.Boot?.CommandLine ?? file.VendorBoot?.CommandLine))
        {
            errors.Add(Differs(DiagnosticCodes.BootImageHeaderInvalid, "the command line in the written image is not the one that was given"));
        }

        errors.InsertRange(0, inspection.GetAwaiter().GetResult().Findings.Where(f => f.Severity == DiagnosticSeverity.Error));
        return errors;
    }

    private static void Compare(string name, ReadOnlyMemory<byte> stream, ExpectedContent expected, string code, List<Diagnostic> errors)
    {
        if (!Decompressor.TryDecompress(stream, out var data, out var error))
        {
            errors.Add(error with { Message = $"in the {name} of the written image: {error.Message}" });
        }
        else if (data.CompressedLength != stream.Length || !expected.Matches(data.Content))
        {
            errors.Add(Differs(code, $"the {name} in the written image is not the one that was given: SHA-256 {ExpectedContent.HashOf(data.Content)}") with { Expected = expected.Sha256 });
        }
    }

    private static Diagnostic Differs(string code, string message) => Diagnostic.Error(code, message, "do not flash this image; it is a fault of this program: report it");
}
