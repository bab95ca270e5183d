using System.CommandLine;
using System.Globalization;
using System.Text;
using KernelBuild.BootImages.Files;
using KernelBuild.BootImages.Layout;
using KernelBuild.BootImages.Ramdisks;
using KernelBuild.BootImages.Vendors;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;
using KernelBuild.Compression.Codecs;
using KernelBuild.Diagnostics;

namespace KernelBuild.Cli.Boot;

/// <summary><c>kernelbuild boot unpack IMAGE</c>.</summary>
internal static class BootUnpackCommand
{
    public static Command Create()
    {
        var image = Arguments.File("IMAGE", "A boot, init_boot, recovery or vendor_boot image");
        var output = Arguments.Text("--output", "The folder; IMAGE.unpacked otherwise", "-o");
        var decompress = new Option<bool>("--decompress")
        {
            Description = "Decompress kernel and ramdisks; pack compresses those that were changed",
        };
        var force = UnpackFolder.ForceOption();
        var command = new Command(
            "unpack",
            "Writes the parts of an image into a folder, from which pack makes the image again: byte for byte the same, but for the files "
            + "that were changed.\n\nExample: kernelbuild boot unpack boot.img -o boot")
        {
            image,
            output,
            decompress,
            force,
        };
        command.OnRun((result, writer, _) =>
        {
            var read = InputImage.Read(result.GetValue(image)!);
            var folder = result.GetValue(output) ?? read.Path + ".unpacked";
            var findings = new List<Diagnostic>();
            var parts = Parts(read.File).SelectMany(part => Unpacked(part, result.GetValue(decompress), findings)).ToArray();
            var list = new UnpackedImage(Path.GetFullPath(read.Path), UnpackFolder.Hash(read.File.Bytes),
                [.. parts.Select(part => part.File)]);
            new UnpackFolder(folder, result.GetValue(force)).Write(
                [.. parts.Select(part => (part.File.File, part.Content)), (UnpackedImage.FileName, list.ToBytes())],
                    UnpackedImage.HashesIn(folder));
            foreach (var (file, content) in parts)
            {
                writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{content.Length,12}  {Path.Combine(folder, file.File)}"));
            }

            findings.ForEach(finding => FindingText.Write(finding, writer));
            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>The files of a part: one, or one for each stream of a ramdisk that is made of several.</summary>
    private static IEnumerable<(UnpackedFile File, ReadOnlyMemory<byte> Content)> Unpacked(
        (string Section, string? Fragment, int? Index, string File, ReadOnlyMemory<byte> Content) part, bool decompress,
        List<Diagnostic> findings)
    {
        if (decompress && part.Section is "ramdisk" or "fragment" && RamdiskSegments.TryRead(part.Content, out var ramdisk, out _)
            && ramdisk.Segments.Length > 1)
        {
            return ramdisk.Segments.Select((segment, i) => Entry(
                part with { File = i == 0 ? part.File : string.Create(CultureInfo.InvariantCulture, $"{part.File}_{i:00}") },
                    segment.Content,
                segment.Format, i));
        }

        var content = part.Content;
        var format = CompressionFormats.Recognize(content.Span);
        if (decompress && format != CompressionFormat.None && part.Section is "kernel" or "ramdisk" or "fragment")
        {
            if (Decompressor.TryDecompress(content, out var data, out var error))
            {
                content = data.Content;
            }
            else
            {
                findings.Add(error with
                {
                    Severity = DiagnosticSeverity.Warning,
                    Message = $"in the {part.Section}, which was written as it is stored: {error.Message}",
                });
            }
        }

        return [Entry(part, content, format, null)];
    }

    private static (UnpackedFile File, ReadOnlyMemory<byte> Content) Entry(
        (string Section, string? Fragment, int? Index, string File, ReadOnlyMemory<byte> Content) part, ReadOnlyMemory<byte> content,
        CompressionFormat format, int? stream) =>
        (new UnpackedFile(part.Section, part.Fragment, part.File, UnpackFolder.Hash(content), CompressionFormats.NameOf(format))
        {
            Index = part.Index,
            Stream = stream,
        }, content);

    private static IEnumerable<(string Section, string? Fragment, int? Index, string File, ReadOnlyMemory<byte> Content)> Parts(
        ImageFile file)
    {
        if (file.Boot is { } boot)
        {
            yield return ("cmdline", null, null, "cmdline.txt", Encoding.UTF8.GetBytes(boot.CommandLine));
            foreach (var section in boot.Sections.Where(s => !s.Content.IsEmpty && s.Kind != BootImageSectionKind.Signature))
            {
                // Without a vendor's header and without appended device trees, which stay in the image when the part is replaced.
                var content = section.Kind switch
                {
                    BootImageSectionKind.Kernel => SectionParts.OfKernel(section.Content).Stream,
                    BootImageSectionKind.Ramdisk => SectionParts.OfRamdisk(section.Content).Stream,
                    _ => section.Content,
                };
                yield return (section.Name, null, null, section.Name, content);
            }
        }
        else if (file.VendorBoot is { } vendorBoot)
        {
            yield return ("cmdline", null, null, "cmdline.txt", Encoding.UTF8.GetBytes(vendorBoot.CommandLine));
            if (vendorBoot.Ramdisks.IsEmpty && !vendorBoot.Ramdisk.IsEmpty)
            {
                yield return ("ramdisk", null, null, "vendor_ramdisk", vendorBoot.Ramdisk);
            }

            foreach (var (ramdisk, i) in vendorBoot.Ramdisks.Select((ramdisk, i) => (ramdisk, i)))
            {
                yield return ("fragment", ramdisk.Name, i, SafeName.Numbered("vendor_ramdisk", i, ramdisk.Name), ramdisk.Content);
            }

            if (!vendorBoot.Dtb.IsEmpty)
            {
                yield return ("dtb", null, null, "dtb", vendorBoot.Dtb);
            }

            if (!vendorBoot.BootConfig.IsEmpty)
            {
                yield return ("bootconfig", null, null, "bootconfig", vendorBoot.BootConfig);
            }
        }
        else
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.EditImpossible, "the file is not a boot or vendor_boot image", "dtbo images: kernelbuild dtbo unpack"));
        }
    }
}
