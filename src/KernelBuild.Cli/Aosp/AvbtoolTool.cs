using System.Buffers;
using System.Security.Cryptography;
using KernelBuild.BootImages.Avb;
using KernelBuild.BootImages.Avb.Descriptors;
using KernelBuild.BootImages.Files;
using KernelBuild.BootImages.Inspection;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;

namespace KernelBuild.Cli.Aosp;

/// <summary><c>kernelbuild avbtool</c>: the verbs of AOSP's avbtool for boot-like partitions, vbmeta and keys.</summary>
internal static class AvbtoolTool
{
    /// <summary>What avbtool writes when nothing else is asked for: the same option string gives the same bytes.</summary>
    public const string ReleaseString = "avbtool 1.3.0";

    public static int Run(string[] arguments, TextWriter output, TextWriter errors)
    {
        var rest = arguments.Skip(1).ToArray();
        switch (arguments.FirstOrDefault())
        {
            case "version":
                output.WriteLine(ReleaseString);
                return ExitCode.Done;
            case "info_image":
                return Info(AospArguments.Parse(rest, ["image", "output"], []), output);
            case "verify_image":
                return Verify(
                    AospArguments.Parse(
                        rest, ["image", "key", "expected_chain_partition"], ["follow_chain_partitions", "accept_zeroed_hashtree"]),
                    output);
            case "add_hash_footer":
                return AvbtoolHashFooter.Run(rest, output);
            case "make_vbmeta_image":
                return AvbtoolMakeVbmeta.Run(rest, output);
            case "append_vbmeta_image":
                return Append(AospArguments.Parse(rest, ["image", "vbmeta_image", "partition_size"], []));
            case "erase_footer":
                return Erase(AospArguments.Parse(rest, ["image"], ["keep_hashtree"]));
            case "resize_image":
                return Resize(AospArguments.Parse(rest, ["image", "partition_size"], []));
            case "extract_vbmeta_image":
                return Extract(AospArguments.Parse(rest, ["image", "output", "padding_size"], []));
            case "extract_public_key":
                return ExtractKey(AospArguments.Parse(rest, ["key", "output"], []), key => key);
            case "extract_public_key_digest":
                return ExtractKey(
                    AospArguments.Parse(rest, ["key", "output"], []),
                    key => System.Text.Encoding.ASCII.GetBytes(Convert.ToHexStringLower(SHA256.HashData(key))));
            case "calculate_vbmeta_digest":
                return AvbtoolDigests.Vbmeta(AospArguments.Parse(rest, ["image", "hash_algorithm", "output"], []), output);
            case "print_partition_digests":
                return AvbtoolDigests.Partitions(AospArguments.Parse(rest, ["image", "output"], ["json"]), output);
            default:
                throw CommandFrame.Usage(
                    $"avbtool has no verb '{arguments.FirstOrDefault()}' here",
                    "one of version, info_image, verify_image, add_hash_footer, make_vbmeta_image, append_vbmeta_image, erase_footer, "
                    + "resize_image, extract_vbmeta_image, extract_public_key, extract_public_key_digest, calculate_vbmeta_digest, "
                    + "print_partition_digests");
        }
    }

    /// <summary>An image that must carry AVB metadata.</summary>
    internal static (InputImage Image, Vbmeta Vbmeta) Read(string path)
    {
        var image = AvbtoolImage.Read(path);
        return image.File.Vbmeta is { } vbmeta ? (image, vbmeta) : throw NoMetadata(path);
    }

    private static int Info(AospArguments parsed, TextWriter output)
    {
        var (image, vbmeta) = Read(parsed.Required("image"));
        using var text = new StringWriter { NewLine = "\n" };
        AvbtoolText.Write(image.File, vbmeta, text);
        if (parsed.Text("output") is { } path)
        {
            OutputFile.Write(path, System.Text.Encoding.UTF8.GetBytes(text.ToString()));
        }
        else
        {
            output.Write(text.ToString());
        }

        return ExitCode.Done;
    }

    private static int Verify(AospArguments parsed, TextWriter output)
    {
        var (image, vbmeta) = Read(parsed.Required("image"));
        var chains = AvbtoolChains.Check(vbmeta, parsed, output);
        var code = Verify(image, vbmeta, parsed, output);
        if (!parsed.Has("follow_chain_partitions"))
        {
            return chains ? code : ExitCode.Findings;
        }

        // as avbtool follows them: beside the file, by name, with the same key and no further
        foreach (var path in AvbtoolChains.Followed(image.Path, vbmeta))
        {
            output.WriteLine("--");
            var (followed, metadata) = Read(path);
            var inner = Verify(followed, metadata, parsed, output);
            code = Math.Max(code, AvbtoolChains.Check(metadata, null, output) ? inner : ExitCode.Findings);
        }

        return chains ? code : ExitCode.Findings;
    }

    private static int Verify(InputImage image, Vbmeta vbmeta, AospArguments parsed, TextWriter output)
    {
        var folder = Path.GetDirectoryName(image.Path) ?? "";
        var extension = Path.GetExtension(image.Path);

        // avbtool looks for the other partitions beside the file, by their names; a file that is not there is a finding, not a traceback.
        var partitions = System.Collections.Immutable.ImmutableDictionary.CreateBuilder<string, ImageFile>();
        foreach (var name in vbmeta.Descriptors
            .Select(d => d.Partition)
            .OfType<string>()
            .Where(name => name.Length > 0 && name == Path.GetFileName(name)))
        {
            var path = Path.Combine(folder, name + extension);
            if (File.Exists(path))
            {
                partitions[name] = AvbtoolImage.Read(path).File;
            }
        }

        var inspection = ImageInspection.Of(image.File, image.Findings, new InspectionOptions
        {
            FileName = image.Path,
            TrustedKey = InputImage.ReadPublicKey(parsed.Text("key")),
            Partitions = partitions.ToImmutable(),
            LookInside = false,
            AcceptsErasedTrees = parsed.Has("accept_zeroed_hashtree"),
        });
        KernelBuild.Cli.Images.BootVerifyText.Write(image.Path, image.File, inspection, output);
        var missing = inspection.Verdict.Digest.State is AnswerState.NotChecked;
        return inspection.HasErrors || missing ? ExitCode.Findings : ExitCode.Done;
    }

    private static int Append(AospArguments parsed)
    {
        var image = AvbtoolImage.Read(parsed.Required("image"));
        var (_, vbmeta) = Read(parsed.Required("vbmeta_image"));
        OutputFile.Write(
            image.Path,
            AvbFootedImage.Compose(
                new ReadOnlySequence<byte>(image.File.Content), vbmeta.Bytes, (long)parsed.Number("partition_size", 0, long.MaxValue)));
        return ExitCode.Done;
    }

    private static int Erase(AospArguments parsed)
    {
        var image = AvbtoolImage.Read(parsed.Required("image"));
        var end = image.File.Footer is null ? throw NoMetadata(image.Path) : image.File.ContentLength;
        if (parsed.Has("keep_hashtree"))
        {
            var tree = image.File.Vbmeta?.Descriptors.OfType<HashtreeDescriptor>().FirstOrDefault() ?? throw NoMetadata(image.Path);
            end = (long)Math.Max(tree.TreeOffset + tree.TreeSize, tree.FecOffset > 0 ? tree.FecOffset + tree.FecSize : 0);
        }

        OutputFile.Write(image.Path, image.File.Bytes[..(int)Math.Min(end, image.File.Bytes.Length)]);
        return ExitCode.Done;
    }

    private static int Resize(AospArguments parsed)
    {
        var image = AvbtoolImage.Read(parsed.Required("image"));
        var footer = image.File.Footer ?? throw NoMetadata(image.Path);
        var size = (long)parsed.Number("partition_size", 0, (ulong)Array.MaxLength);
        var end =
            ((long)(footer.VbmetaOffset + footer.VbmetaSize) + AvbFootedImage.BlockLength - 1) / AvbFootedImage.BlockLength * AvbFootedImage.BlockLength;
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
        OutputFile.Write(image.Path, bytes);
        return ExitCode.Done;
    }

    private static int Extract(AospArguments parsed)
    {
        var (_, vbmeta) = Read(parsed.Required("image"));
        OutputFile.Write(
            parsed.Required("output"), AvbtoolMakeVbmeta.Padded(vbmeta.Bytes.ToArray(), parsed.Number("padding_size", 0, 1 << 30)));
        return ExitCode.Done;
    }

    private static int ExtractKey(AospArguments parsed, Func<byte[], byte[]> convert)
    {
        OutputFile.Write(parsed.Required("output"), convert(InputImage.ReadPublicKey(parsed.Required("key")).ToArray()));
        return ExitCode.Done;
    }

    private static DiagnosticException NoMetadata(string path) =>
        new(Diagnostic.Error(
            DiagnosticCodes.AvbFooterInvalid, "the image has no AVB metadata of the kind that is needed",
            "sign it first: avbtool add_hash_footer") with { File = path });
}
