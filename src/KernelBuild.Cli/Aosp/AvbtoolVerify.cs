using System.Collections.Immutable;
using KernelBuild.BootImages.Avb;
using KernelBuild.BootImages.Avb.Descriptors;
using KernelBuild.BootImages.Files;
using KernelBuild.BootImages.Inspection;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;

namespace KernelBuild.Cli.Aosp;

/// <summary>
/// avbtool's <c>verify_image</c>: its lines on standard output, and what is wrong on standard error, as findings.
/// </summary>
internal static class AvbtoolVerify
{
    public static AospSyntax Syntax { get; } = new(
        "avbtool verify_image", "Verifies an image, and those that its descriptors name, which lie beside it.",
        [
            AvbtoolOptions.Image, new AospOption("key", "KEY", "The key that the metadata must be signed with"),
            new AospOption(
                "expected_chain_partition", "PART_NAME:ROLLBACK_SLOT:KEY_PATH", "What a chain descriptor must say; may be repeated"),
            new AospOption("follow_chain_partitions", null, "Verifies chained partitions too, whatever their keys are"),
            new AospOption("accept_zeroed_hashtree", null, "Accepts images whose hash tree was erased"),
        ]);

    public static int Run(AospArguments parsed, TextWriter output, TextWriter errors)
    {
        var path = parsed.Required("image");
        var code = Verify(path, parsed, parsed, output, errors);

        // as avbtool follows them: beside the file, by name, with the same key and no further
        if (parsed.Has("follow_chain_partitions"))
        {
            foreach (var chain in AvbtoolTool.Read(path).Vbmeta.Descriptors.OfType<ChainPartitionDescriptor>())
            {
                output.WriteLine("--");
                code = Math.Max(code, Verify(AvbtoolTool.Sibling(path, chain.PartitionName), parsed, null, output, errors));
            }
        }

        return code;
    }

    /// <param name="path">The image.</param>
    /// <param name="parsed">The command line.</param>
    /// <param name="expectations">The same; null for an image that was followed to, of whose chains nothing is expected.</param>
    private static int Verify(string path, AospArguments parsed, AospArguments? expectations, TextWriter output, TextWriter errors)
    {
        var (image, vbmeta) = AvbtoolTool.Read(path);
        output.WriteLine(Printable.Text(parsed.Text("key") is { } key
            ? $"Verifying image {path} using key at {key}"
            : $"Verifying image {path} using embedded public key"));
        var chains = AvbtoolChains.Check(vbmeta, expectations, output, errors);
        var inspection = ImageInspection.Of(image.File, image.Findings, new InspectionOptions
        {
            FileName = path,
            TrustedKey = InputImage.ReadPublicKey(parsed.Text("key"), AvbtoolOptions.Keys(parsed)),
            Partitions = Siblings(path, vbmeta),
            LookInside = false,
            AcceptsErasedTrees = parsed.Has("accept_zeroed_hashtree"),
        });
        foreach (var finding in inspection.Findings)
        {
            FindingText.Write(finding, errors);
        }

        var isMissing = inspection.Verdict.Digest.State is AnswerState.NotChecked;
        if (isMissing)
        {
            errors.WriteLine(Printable.Text($"  error: digests: {inspection.Verdict.Digest.Text}"));
        }

        if (inspection.HasErrors || isMissing || !chains)
        {
            return ExitCode.Findings;
        }

        Report(path, image.File, vbmeta, parsed.Has("accept_zeroed_hashtree"), output);
        return ExitCode.Done;
    }

    private static void Report(string path, ImageFile file, Vbmeta vbmeta, bool acceptsErased, TextWriter output)
    {
        output.WriteLine(Printable.Text(
            $"vbmeta: Successfully verified {(file.Footer is null ? "" : "footer and ")}{vbmeta.Algorithm?.Name} vbmeta struct in {path}"));
        foreach (var descriptor in vbmeta.Descriptors)
        {
            // avbtool wants the file to have the partition's name; one of another name was verified itself
            var named = descriptor.Partition is { Length: > 0 } name ? Path.Combine(Path.GetDirectoryName(path) ?? "", name + Path.GetExtension(path)) : path;
            var of = File.Exists(named) ? named : path;
            var line = descriptor switch
            {
                HashDescriptor hash => $"Successfully verified {hash.HashAlgorithm} hash of {of} for image of {hash.ImageSize} bytes",
                HashtreeDescriptor tree when acceptsErased && IsErased(file, tree) =>
                    "skipping verification since hashtree is zeroed and --accept_zeroed_hashtree was given",
                HashtreeDescriptor tree => $"Successfully verified {tree.HashAlgorithm} hashtree of {of} for image of {tree.ImageSize} bytes",
                _ => null,
            };
            if (line is not null)
            {
                output.WriteLine(Printable.Text($"{descriptor.Partition}: {line}"));
            }
        }
    }

    private static bool IsErased(ImageFile file, HashtreeDescriptor tree) => tree.TreeSize == 0
        || (file.Footer is not null && tree.TreeOffset < (ulong)file.Bytes.Length
            && file.Bytes.Span[(int)tree.TreeOffset..].StartsWith("ZeRoHaSH"u8));

    /// <summary>avbtool looks for the other partitions beside the file, by their names; a file that is not there is a finding, not a traceback.</summary>
    private static ImmutableDictionary<string, ImageFile> Siblings(string path, Vbmeta vbmeta)
    {
        var partitions = ImmutableDictionary.CreateBuilder<string, ImageFile>();
        foreach (var name in vbmeta.Descriptors.Select(one => one.Partition).OfType<string>().Where(name => name.Length > 0 && name == Path.GetFileName(name)))
        {
            var sibling = AvbtoolTool.Sibling(path, name);
            if (File.Exists(sibling))
            {
                partitions[name] = AvbtoolImage.Read(sibling).File;
            }
        }

        return partitions.ToImmutable();
    }
}
