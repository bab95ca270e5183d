using System.Buffers;
using KernelBuild.BootImages.Avb;
using KernelBuild.BootImages.Avb.Descriptors;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Compression.Memory;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;

namespace KernelBuild.Cli.Aosp;

/// <summary>avbtool's verbs that move metadata: append_vbmeta_image, erase_footer, resize_image, extract_vbmeta_image.</summary>
internal static class AvbtoolFooters
{
    private static readonly AospOption _partitionSize = new("partition_size", "BYTES", "The partition's size") { IsRequired = true };

    public static AospSyntax AppendSyntax { get; } = new(
        "avbtool append_vbmeta_image", "Appends the vbmeta structure of another image, and a footer.",
        [AvbtoolOptions.Image, _partitionSize, new AospOption("vbmeta_image", "IMAGE", "Where the structure is taken from") { IsRequired = true }]);

    public static AospSyntax EraseSyntax { get; } = new(
        "avbtool erase_footer", "Takes the footer and its metadata off an image.",
        [AvbtoolOptions.Image, new AospOption("keep_hashtree", null, "Hash tree and code stay in the image")]);

    public static AospSyntax ResizeSyntax { get; } = new(
        "avbtool resize_image", "Moves the footer to the end of a partition of another size.", [AvbtoolOptions.Image, _partitionSize]);

    public static AospSyntax ExtractSyntax { get; } = new(
        "avbtool extract_vbmeta_image", "Writes the vbmeta structure of an image with a footer.",
        [AvbtoolOptions.Image, AvbtoolOptions.Output with { IsRequired = true, Help = "The file to write" }, AvbtoolMakeVbmeta.Padding]);

    public static int Append(AospArguments parsed)
    {
        var image = AvbtoolImage.Read(parsed.Required("image"));
        var (_, vbmeta) = AvbtoolTool.Read(parsed.Required("vbmeta_image"));
        AvbtoolImage.Write(
            image,
            AvbFootedImage.Compose(
                new ReadOnlySequence<byte>(image.File.Content), vbmeta.Bytes, (long)parsed.Number("partition_size", 0, long.MaxValue)));
        return ExitCode.Done;
    }

    public static int Erase(AospArguments parsed)
    {
        var image = AvbtoolImage.Read(parsed.Required("image"));
        var end = image.File.Footer is null ? throw AvbtoolTool.NoMetadata(image.Path) : image.File.ContentLength;
        if (parsed.Has("keep_hashtree"))
        {
            var tree = image.File.Vbmeta?.Descriptors.OfType<HashtreeDescriptor>().FirstOrDefault() ?? throw AvbtoolTool.NoMetadata(image.Path);
            end = (long)Math.Max(tree.TreeOffset + tree.TreeSize, tree.FecOffset > 0 ? tree.FecOffset + tree.FecSize : 0);
        }

        AvbtoolImage.Write(image, image.File.Bytes[..(int)Math.Min(end, image.File.Bytes.Length)]);
        return ExitCode.Done;
    }

    public static int Resize(AospArguments parsed)
    {
        var image = AvbtoolImage.Read(parsed.Required("image"));
        var footer = image.File.Footer ?? throw AvbtoolTool.NoMetadata(image.Path);
        var size = (long)parsed.Number("partition_size", 0, (ulong)Array.MaxLength);
        var end = Align.Up((long)(footer.VbmetaOffset + footer.VbmetaSize), AvbFootedImage.BlockLength);
        if (size % AvbFootedImage.BlockLength != 0 || size < end + AvbFootedImage.BlockLength)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.ImageLargerThanPartition,
                $"the image needs {end + AvbFootedImage.BlockLength} bytes, and {size} is no multiple of 4096 that holds them",
                "give a larger size"));
        }

        var bytes = new byte[size];
        image.File.Bytes.Span[..(int)Math.Min(end, image.File.Bytes.Length - AvbFooter.Length)].CopyTo(bytes);
        footer.ToArray().CopyTo(bytes, bytes.Length - AvbFooter.Length);
        AvbtoolImage.Write(image, bytes);
        return ExitCode.Done;
    }

    public static int Extract(AospArguments parsed)
    {
        var (image, vbmeta) = AvbtoolTool.Read(parsed.Required("image"));
        if (image.File.Footer is null)
        {
            throw AvbtoolTool.NoMetadata(image.Path);
        }

        OutputFile.Write(
            parsed.Required("output"), AvbtoolMakeVbmeta.Padded(vbmeta.Bytes.ToArray(), parsed.Number("padding_size", 0, 1 << 30)));
        return ExitCode.Done;
    }
}
