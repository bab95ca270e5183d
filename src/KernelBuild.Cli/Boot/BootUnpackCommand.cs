using System.CommandLine;
using System.Globalization;
using System.Text;
using KernelBuild.BootImages.Files;
using KernelBuild.BootImages.Layout;
using KernelBuild.BootImages.Vendors;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;
using KernelBuild.Compression.Codecs;
using KernelBuild.Compression.Memory;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;

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
        var command = new Command(
            "unpack",
            "Writes the parts of an image into a folder, from which pack makes the image again: byte for byte the same, but for the files "
            + "that were changed.\n\nExample: kernelbuild boot unpack boot.img -o boot")
        {
            image,
            output,
            decompress,
        };
        command.OnRun((result, writer, _) =>
        {
            var read = InputImage.Read(result.GetValue(image)!);
            var folder = result.GetValue(output) ?? read.Path + ".unpacked";
            OutputFile.MakeFolder(folder);
            var files = Parts(read.File).Select(part => Write(folder, part, result.GetValue(decompress))).ToArray();
            new UnpackedImage(Path.GetFullPath(read.Path), Hash(read.File.Bytes), files).Write(folder);
            foreach (var file in files)
            {
                writer.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{new FileInfo(Path.Combine(folder, file.File)).Length,12}  {Path.Combine(folder, file.File)}"));
            }

            return ExitCode.Done;
        });
        return command;
    }

    internal static string Hash(ReadOnlyMemory<byte> bytes) => Convert.ToHexStringLower(MemoryWindow.Sha256(bytes));

    private static UnpackedFile Write(
        string folder, (string Section, string? Fragment, string File, ReadOnlyMemory<byte> Content) part, bool decompress)
    {
        var content = part.Content;
        var format = CompressionFormats.Recognize(content.Span);
        if (decompress && format != CompressionFormat.None && part.Section is "kernel" or "ramdisk" or "fragment")
        {
            content = Decompressor.TryDecompress(content, out var data, out var error)
                ? data.Content
                : throw new DiagnosticException(error with { Message = $"in the {part.Section}: {error.Message}" });
        }

        OutputFile.Write(Path.Combine(folder, part.File), content);
        return new UnpackedFile(part.Section, part.Fragment, part.File, Hash(content), CompressionFormats.NameOf(format));
    }

    private static IEnumerable<(string Section, string? Fragment, string File, ReadOnlyMemory<byte> Content)> Parts(ImageFile file)
    {
        if (file.Boot is { } boot)
        {
            yield return ("cmdline", null, "cmdline.txt", Encoding.UTF8.GetBytes(boot.CommandLine));
            foreach (var section in boot.Sections.Where(s => !s.Content.IsEmpty && s.Kind != BootImageSectionKind.Signature))
            {
                // Without a vendor's header and without appended device trees, which stay in the image when the part is replaced.
                var content = section.Kind switch
                {
                    BootImageSectionKind.Kernel => SectionParts.OfKernel(section.Content).Stream,
                    BootImageSectionKind.Ramdisk => SectionParts.OfRamdisk(section.Content).Stream,
                    _ => section.Content,
                };
                yield return (section.Name, null, section.Name, content);
            }
        }
        else if (file.VendorBoot is { } vendorBoot)
        {
            yield return ("cmdline", null, "cmdline.txt", Encoding.UTF8.GetBytes(vendorBoot.CommandLine));
            if (vendorBoot.Ramdisks.IsEmpty && !vendorBoot.Ramdisk.IsEmpty)
            {
                yield return ("ramdisk", null, "vendor_ramdisk", vendorBoot.Ramdisk);
            }

            foreach (var (ramdisk, i) in vendorBoot.Ramdisks.Select((ramdisk, i) => (ramdisk, i)))
            {
                yield return ("fragment", ramdisk.Name, SafeName.Numbered("vendor_ramdisk", i, ramdisk.Name), ramdisk.Content);
            }

            if (!vendorBoot.Dtb.IsEmpty)
            {
                yield return ("dtb", null, "dtb", vendorBoot.Dtb);
            }

            if (!vendorBoot.BootConfig.IsEmpty)
            {
                yield return ("bootconfig", null, "bootconfig", vendorBoot.BootConfig);
            }
        }
        else
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.EditImpossible, "the file is not a boot or vendor_boot image", "dtbo images: kernelbuild dtbo unpack"));
        }
    }
}
