using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using KernelBuild.BootImages.Avb.Descriptors;
using KernelBuild.Cli.CommandLine;

namespace KernelBuild.Cli.Aosp;

/// <summary>
/// avbtool's <c>calculate_vbmeta_digest</c> and <c>print_partition_digests</c>; chained partitions are looked for beside the file.
/// </summary>
internal static class AvbtoolDigests
{
    public static AospSyntax VbmetaSyntax { get; } = new(
        "avbtool calculate_vbmeta_digest", "Prints the digest that ro.boot.vbmeta.digest shows.",
        [
            AvbtoolOptions.Image, AvbtoolOptions.Output,
            new AospOption("hash_algorithm", "NAME", "sha256 (default) or sha512") { Choices = ["sha256", "sha512"] },
        ]);

    public static AospSyntax PartitionsSyntax { get; } = new(
        "avbtool print_partition_digests", "Prints the digests of all partitions.",
        [AvbtoolOptions.Image, AvbtoolOptions.Output, new AospOption("json", null, "As a JSON document")]);

    /// <summary>
    /// The digest that ro.boot.vbmeta.digest shows: over the top vbmeta structure, then those of chained partitions in their order.
    /// </summary>
    public static int Vbmeta(AospArguments parsed, TextWriter output)
    {
        var (image, vbmeta) = AvbtoolTool.Read(parsed.Required("image"));
        using var hash = IncrementalHash.CreateHash(
            parsed.Text("hash_algorithm") == "sha512" ? HashAlgorithmName.SHA512 : HashAlgorithmName.SHA256);
        hash.AppendData(vbmeta.Bytes.Span);
        foreach (var chain in vbmeta.Descriptors.OfType<ChainPartitionDescriptor>())
        {
            hash.AppendData(AvbtoolTool.Read(AvbtoolTool.Sibling(image.Path, chain.PartitionName)).Vbmeta.Bytes.Span);
        }

        AvbtoolTool.Write(parsed, Convert.ToHexStringLower(hash.GetHashAndReset()) + "\n", output);
        return ExitCode.Done;
    }

    public static int Partitions(AospArguments parsed, TextWriter output)
    {
        var (image, vbmeta) = AvbtoolTool.Read(parsed.Required("image"));
        var lines = new StringBuilder();
        var partitions = new List<AvbtoolPartitionDigest>();
        foreach (var descriptor in vbmeta.Descriptors.SelectMany(d =>
            d is ChainPartitionDescriptor chain
                ? [.. AvbtoolTool.Read(AvbtoolTool.Sibling(image.Path, chain.PartitionName)).Vbmeta.Descriptors]
                : new[] { d }))
        {
            var digest = descriptor switch
            {
                HashDescriptor one => one.Digest,
                HashtreeDescriptor tree => tree.RootDigest,
                _ => default,
            };
            if (descriptor is HashDescriptor or HashtreeDescriptor)
            {
                partitions.Add(new AvbtoolPartitionDigest(descriptor.Partition ?? "", Convert.ToHexStringLower(digest.Span)));
                lines.Append(
                    CultureInfo.InvariantCulture,
                    $"{Printable.Text(descriptor.Partition ?? "")}: {Convert.ToHexStringLower(digest.Span)}\n");
            }
        }

        AvbtoolTool.Write(
            parsed,
            parsed.Has("json")
                ? JsonSerializer.Serialize(new AvbtoolPartitionDigests(partitions), AvbtoolJson.Default.AvbtoolPartitionDigests).ReplaceLineEndings("\n")
                : lines.ToString(),
            output);
        return ExitCode.Done;
    }
}
