using KernelBuild.BootImages.Layout;
using KernelBuild.BootImages.Ramdisks;
using KernelBuild.Compression.Codecs;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Boot;

/// <summary>Proves, from an image's bytes alone, that it holds what it was made from.</summary>
public static class BootImageVerification
{
    /// <summary>
    /// Reads the image again; header, id and padding must be consistent, the kernel section must decompress to exactly the expected
    /// kernel with nothing behind it, the ramdisk must be the expected bytes, decode, and be a cpio archive with its trailer.
    /// </summary>
    /// <param name="bytes">The whole image.</param>
    /// <param name="expectation">What it was made from.</param>
    /// <param name="maximumLength">Bytes that kernel and ramdisk may decompress to at most.</param>
    /// <returns>
    /// Empty when all of it holds; else errors: KB5001 to KB5004 and KB5014 the image, KB5005 the kernel, KB5006 the ramdisk, KB5008 the
    /// device tree, KB5011 and KB5013 compression, KB5012 the cpio archive.
    /// </returns>
    public static IReadOnlyList<Diagnostic> Verify(
        ReadOnlyMemory<byte> bytes, BootImageExpectation expectation, long maximumLength = Decompressor.DefaultMaximumLength)
    {
        if (!BootImage.TryRead(bytes, out var image, out var findings))
        {
            return findings;
        }

        // What is worth a warning in a stranger's image is an error in one that was just made.
        var errors = findings.Select(finding => finding with { Severity = DiagnosticSeverity.Error }).ToList();
        if (BootImageId.Explain(BootImageId.Check(image)) is { } idFinding)
        {
            errors.Add(idFinding with { Severity = DiagnosticSeverity.Error });
        }

        foreach (var section in image.Sections)
        {
            switch (section.Kind)
            {
                case BootImageSectionKind.Kernel:
                    VerifyKernel(section, expectation.Kernel, maximumLength, errors);
                    break;
                case BootImageSectionKind.Ramdisk:
                    VerifyRamdisk(section, expectation.Ramdisk, maximumLength, errors);
                    break;
                case BootImageSectionKind.Dtb:
                    VerifyStored(section, expectation.Dtb, DiagnosticCodes.BootImageDtbDiffers, errors);
                    break;
            }
        }

        if (expectation.Dtb is not null && image.HeaderVersion != 2)
        {
            errors.Add(Differs(DiagnosticCodes.BootImageDtbDiffers, 0, $"a device tree is expected, and a version {image.HeaderVersion} image holds none"));
        }

        return errors;
    }

    private static void VerifyKernel(BootImageSection section, ExpectedContent? expected, long maximumLength, List<Diagnostic> errors)
    {
        if (expected is null || section.Content.IsEmpty)
        {
            VerifyStored(section, expected, DiagnosticCodes.BootImageKernelDiffers, errors);
        }
        else if (!Decompressor.TryDecompress(section.Content, out var data, out var error, maximumLength))
        {
            errors.Add(InSection(section, error));
        }
        else if (data.CompressedLength != section.Content.Length)
        {
            errors.Add(Differs(DiagnosticCodes.BootImageKernelDiffers, section.Offset + data.CompressedLength, $"{section.Content.Length - data.CompressedLength} bytes follow the compressed kernel in its section"));
        }
        else if (!expected.Matches(data.Content))
        {
            errors.Add(Differs(DiagnosticCodes.BootImageKernelDiffers, section.Offset, Describe("kernel", "decompressed ", data.Content, expected)));
        }
    }

    private static void VerifyRamdisk(BootImageSection section, ExpectedContent? expected, long maximumLength, List<Diagnostic> errors)
    {
        VerifyStored(section, expected, DiagnosticCodes.BootImageRamdiskDiffers, errors);
        if (section.Content.IsEmpty)
        {
            return;
        }

        if (!Decompressor.TryDecompress(section.Content, out var data, out var error, maximumLength))
        {
            errors.Add(InSection(section, error));
            return;
        }

        if (data.CompressedLength != section.Content.Length)
        {
            errors.Add(Differs(DiagnosticCodes.BootImageRamdiskDiffers, section.Offset + data.CompressedLength, $"{section.Content.Length - data.CompressedLength} bytes follow the compressed ramdisk in its section"));
        }

        if (!CpioArchive.TryRead(data.Content, out _, out error))
        {
            errors.Add(data.Format == CompressionFormat.None ? InSection(section, error) : error with { Message = $"in the decompressed ramdisk: {error.Message}" });
        }
    }

    private static void VerifyStored(BootImageSection section, ExpectedContent? expected, string code, List<Diagnostic> errors)
    {
        if (expected is null)
        {
            if (!section.Content.IsEmpty)
            {
                errors.Add(Differs(code, section.Offset, $"the image holds a {section.Name} of {section.Content.Length} bytes, and none is expected"));
            }
        }
        else if (section.Content.IsEmpty)
        {
            errors.Add(Differs(code, section.Offset, $"a {section.Name} is expected, and the image holds none"));
        }
        else if (!expected.Matches(section.Content))
        {
            errors.Add(Differs(code, section.Offset, Describe(section.Name, "", section.Content, expected)));
        }
    }

    private static string Describe(string name, string how, ReadOnlyMemory<byte> found, ExpectedContent expected) =>
        $"the {name} in the image is not the one it was made from: {how}SHA-256 {ExpectedContent.HashOf(found)}, expected {expected.Sha256}";

    private static Diagnostic Differs(string code, long offset, string message) =>
        Diagnostic.Error(code, message, "do not flash this image; make it again") with { Offset = offset };

    private static Diagnostic InSection(BootImageSection section, Diagnostic error) =>
        error with { Message = $"in the {section.Name} section: {error.Message}", Offset = section.Offset + (error.Offset ?? 0) };
}
