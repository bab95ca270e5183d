using KernelBuild.BootImages.Boot;
using KernelBuild.BootImages.Files;
using KernelBuild.BootImages.Layout;
using KernelBuild.BootImages.Ramdisks;
using KernelBuild.BootImages.VendorBoot;
using KernelBuild.BootImages.Vendors;
using KernelBuild.Compression.Codecs;
using KernelBuild.Compression.Recognition;
using KernelBuild.DeviceTrees.Blob;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Inspection;

/// <summary>Looks into the sections: do kernel and ramdisks decompress, are ramdisks archives, are device trees whole?</summary>
internal static class ContentInspection
{
    public static void Check(ImageFile file, InspectionOptions options, List<Diagnostic> findings)
    {
        var shift = file.Wrapper?.Raw.Length ?? 0;
        foreach (var section in file.Boot?.Sections ?? [])
        {
            var at = shift + section.Offset;
            switch (section.Kind)
            {
                case BootImageSectionKind.Kernel when !section.Content.IsEmpty:
                    var kernel = SectionParts.OfKernel(section.Content);
                    CheckMtk(kernel.Header, section.Content.Length, "kernel", at, findings);
                    if (Decompress(kernel.Stream, "kernel", at + kernel.StreamOffset, options, findings) is { } data
                        && SectionFitness.OfKernel(data.Content.Span) is { } unfit)
                    {
                        findings.Add(unfit with { Offset = at + kernel.StreamOffset });
                    }

                    break;
                case BootImageSectionKind.Ramdisk when !section.Content.IsEmpty:
                    var ramdisk = SectionParts.OfRamdisk(section.Content);
                    CheckMtk(ramdisk.Header, section.Content.Length, "ramdisk", at, findings);
                    CheckRamdisk(ramdisk.Stream, "ramdisk", at + ramdisk.StreamOffset, options, findings);
                    break;
                case BootImageSectionKind.Dtb when !section.Content.IsEmpty:
                    CheckTrees(section.Content.Span, at, findings);
                    break;
            }
        }

        if (file.VendorBoot is { } vendorBoot)
        {
            CheckVendorBoot(vendorBoot, shift, options, findings);
        }
    }

    private static void CheckVendorBoot(VendorBootImage image, int shift, InspectionOptions options, List<Diagnostic> findings)
    {
        var section = image.Sections.First(s => s.Kind == VendorBootSectionKind.Ramdisk);
        if (image.Ramdisks.IsEmpty && !section.Content.IsEmpty)
        {
            CheckRamdisk(section.Content, section.Name, section.Offset + shift, options, findings);
        }

        foreach (var ramdisk in image.Ramdisks.Where(r => !r.Content.IsEmpty))
        {
            CheckRamdisk(
                ramdisk.Content, $"fragment \"{HeaderText.Printable(ramdisk.Name)}\"", section.Offset + ramdisk.Offset + shift, options,
                findings);
        }

        var dtb = image.Sections.First(s => s.Kind == VendorBootSectionKind.Dtb);
        if (!dtb.Content.IsEmpty)
        {
            CheckTrees(dtb.Content.Span, dtb.Offset + shift, findings);
        }
    }

    private static void CheckRamdisk(
        ReadOnlyMemory<byte> stored, string name, long at, InspectionOptions options, List<Diagnostic> findings)
    {
        if (!RamdiskSegments.TryRead(stored, out var ramdisk, out var error, options.MaximumLength))
        {
            findings.Add(Unreadable(error, name, at));
            return;
        }

        foreach (var segment in ramdisk.Segments)
        {
            if (!CpioArchive.TryRead(segment.Content, out _, out var problem))
            {
                findings.Add(Problem(segment, problem, name, at + segment.Offset));
            }
        }

        findings.AddRange(RamdiskFindings.Of(ramdisk, name, at));
    }

    private static Diagnostic Problem(RamdiskSegment segment, Diagnostic error, string name, long at)
    {
        // What does not even start like an archive is in a form of its own; what starts like one and breaks off is damaged.
        if (!segment.Content.Span.StartsWith("0707"u8))
        {
            return Diagnostic.Warning(
                DiagnosticCodes.CpioInvalid,
                $"the {name} holds no cpio archive of a known format: it starts with {FileKind.Describe(segment.Content.Span)}") with
            { Offset = at };
        }

        return segment.Format == CompressionFormat.None
            ? error with { Message = $"in the {name}: {error.Message}", Offset = at + error.Offset }
            : error with { Message = $"in the decompressed {name}, at its byte 0x{error.Offset:x}: {error.Message}", Offset = at };
    }

    private static DecompressedData? Decompress(
        ReadOnlyMemory<byte> stored, string name, long at, InspectionOptions options, List<Diagnostic> findings)
    {
        if (Decompressor.TryDecompress(stored, out var data, out var error, options.MaximumLength))
        {
            return data;
        }

        findings.Add(Unreadable(error, name, at));
        return null;
    }

    /// <summary>A form that cannot be looked into is no fault of the image.</summary>
    private static Diagnostic Unreadable(Diagnostic error, string name, long at) => error with
        {
            Severity = error.Code == DiagnosticCodes.CompressionUnsupported ? DiagnosticSeverity.Warning : error.Severity,
            Message = $"in the {name}: {error.Message}",
            Offset = at + (error.Offset ?? 0),
            Consequence = error.Code == DiagnosticCodes.CompressionUnsupported
                ? ""
                : "the bootloader or the kernel cannot unpack it: the device does not boot",
        };

    private static void CheckMtk(MtkHeader? header, int length, string name, long at, List<Diagnostic> findings)
    {
        if (header is not null && header.PayloadSize != length - MtkHeader.Length)
        {
            findings.Add(Diagnostic.Warning(
                DiagnosticCodes.BootImageHeaderInvalid,
                $"the MediaTek header of the {name} says {header.PayloadSize} bytes, and {length - MtkHeader.Length} follow it") with
            { Offset = at, Found = $"{header.PayloadSize}", Expected = $"{length - MtkHeader.Length}" });
        }
    }

    private static void CheckTrees(ReadOnlySpan<byte> section, long at, List<Diagnostic> findings)
    {
        if (SectionFitness.OfDeviceTrees(section) is { } unfit)
        {
            findings.Add(unfit with { Offset = at });
            return;
        }

        if (SectionFitness.OfOverlaysAsTrees(section) is { } overlays)
        {
            findings.Add(overlays with { Offset = at });
        }

        // Containers of vendors (AML_, QCDT, a dt_table) are theirs to read; what claims to be a blob must be whole.
        if (section.StartsWith(DeviceTreeBlob.Magic) && !DeviceTreeBlob.IsWhole(section))
        {
            findings.Add(Diagnostic.Error(
                DiagnosticCodes.DeviceTreeBlobInvalid,
                "the dtb section starts with a device tree blob that is cut, damaged, or followed by something else",
                "put the right dtb in: kernelbuild boot set --dtb") with
            { Offset = at, Consequence = "the bootloader passes no device tree to the kernel, and nothing appears on the console" });
        }
    }
}
