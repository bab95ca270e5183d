using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using KernelBuild.BootImages.Avb.Descriptors;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Host.Files;

namespace KernelBuild.Cli.Aosp;

/// <summary>
/// avbtool's <c>calculate_vbmeta_digest</c> and <c>print_partition_digests</c>; chained partitions are looked for beside the file.
/// </summary>
internal static class AvbtoolDigests
{
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
            hash.AppendData(AvbtoolTool.Read(Sibling(image.Path, chain.PartitionName)).Vbmeta.Bytes.Span);
        }

        return Write(parsed, Convert.ToHexStringLower(hash.GetHashAndReset()) + "\n", output);
    }

    public static int Partitions(AospArguments parsed, TextWriter output)
    {
        var (image, vbmeta) = AvbtoolTool.Read(parsed.Required("image"));
        var lines = new StringBuilder();
        var partitions = new List<AvbtoolPartitionDigest>();
        foreach (var descriptor in vbmeta.Descriptors.SelectMany(d =>
            d is ChainPartitionDescriptor chain
                ? [.. AvbtoolTool.Read(Sibling(image.Path, chain.PartitionName)).Vbmeta.Descriptors]
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

        return Write(
            parsed,
            parsed.Has("json")
                ? JsonSerializer.Serialize(new AvbtoolPartitionDigests(partitions), AvbtoolJson.Default.AvbtoolPartitionDigests).ReplaceLineEndings("\n")
                : lines.ToString(),
            output);
    }

    private static string Sibling(string path, string partition) => partition == Path.GetFileName(partition) && partition.Length > 0
        ? Path.Combine(Path.GetDirectoryName(path) ?? "", partition + Path.GetExtension(path))
        : throw CommandFrame.Usage($"'{Printable.Text(partition)}' is no name of a partition", "the image is damaged or hostile");

    private static int Write(AospArguments parsed, string text, TextWriter output)
    {
        if (parsed.Text("output") is { } path)
        {
            OutputFile.Write(path, Encoding.UTF8.GetBytes(text));
        }
        else
        {
            output.Write(text);
        }

        return ExitCode.Done;
    }
}
