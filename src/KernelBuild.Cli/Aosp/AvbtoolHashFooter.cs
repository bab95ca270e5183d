using System.Security.Cryptography;
using KernelBuild.BootImages.Avb;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Images;
using KernelBuild.Host.Files;

namespace KernelBuild.Cli.Aosp;

/// <summary>avbtool's <c>add_hash_footer</c>.</summary>
internal static class AvbtoolHashFooter
{
    public static AospSyntax Syntax { get; } = new(
        "avbtool add_hash_footer", "Adds the digest of an image, and a footer that points to it.",
        [
            AvbtoolOptions.Image with { IsRequired = false }, .. AvbtoolOptions.Footer,
            new AospOption("dynamic_partition_size", null, "Makes the partition as large as the image needs it"), .. AvbtoolOptions.Common,
        ]);

    public static int Run(AospArguments parsed, TextWriter output)
    {
        var isDynamic = parsed.Has("dynamic_partition_size");
        var partitionSize = (long)parsed.Number("partition_size", 0, long.MaxValue);
        if (partitionSize == 0 && !isDynamic)
        {
            throw CommandFrame.Usage("--dynamic_partition_size is required when no partition size is given", "give one of the two");
        }

        if (AvbtoolOptions.PrintRequiredVersion(parsed, output))
        {
            return ExitCode.Done;
        }

        if (!isDynamic && partitionSize < AvbFootedImage.ReservedLength)
        {
            throw CommandFrame.Usage(
                $"a partition of {partitionSize} bytes is too small for AVB metadata", $"give at least {AvbFootedImage.ReservedLength}");
        }

        if (parsed.Has("calc_max_image_size"))
        {
            output.WriteLine(isDynamic
                ? throw CommandFrame.Usage("--calc_max_image_size needs the size of the partition", "give --partition_size alone")
                : partitionSize - AvbFootedImage.ReservedLength);
            return ExitCode.Done;
        }

        using var key = AvbtoolOptions.Keys(parsed).Read(parsed.Text("key"));
        var options = Options(parsed, key) with { PartitionSize = isDynamic || partitionSize == 0 ? null : partitionSize };
        if (!isDynamic && partitionSize % AvbFootedImage.BlockLength != 0)
        {
            throw CommandFrame.Usage(
                $"a partition of {partitionSize} bytes is no whole number of blocks", $"give a multiple of {AvbFootedImage.BlockLength}");
        }

        parsed.Required("partition_name");
        var image = AvbtoolImage.Read(parsed.Required("image"));
        var content = image.File.Content;
        if (parsed.Text("output_vbmeta_image") is { } path)
        {
            OutputFile.Write(path, HashFooter.MakeVbmeta(content, options));
        }

        if (!parsed.Has("do_not_append_vbmeta_image"))
        {
            AvbtoolImage.Write(image, HashFooter.Add(content, options));
        }

        return ExitCode.Done;
    }

    /// <summary>The vbmeta structure alone, as another tool asks for it.</summary>
    /// <param name="arguments">Of the command line that it would run.</param>
    /// <param name="image">What is hashed.</param>
    /// <exception cref="Diagnostics.DiagnosticException">KB9010, KB9012, KB5017, KB5018 or KB5030.</exception>
    public static byte[] MakeVbmeta(string[] arguments, ReadOnlyMemory<byte> image)
    {
        var parsed = Syntax.Parse(arguments);
        using var key = AvbtoolOptions.Keys(parsed).Read(parsed.Text("key"));
        return HashFooter.MakeVbmeta(image, Options(parsed, key));
    }

    /// <summary>A whole partition, as another tool asks for it.</summary>
    /// <inheritdoc cref="MakeVbmeta"/>
    public static byte[] Add(string[] arguments, ReadOnlyMemory<byte> image)
    {
        var parsed = Syntax.Parse(arguments);
        using var key = AvbtoolOptions.Keys(parsed).Read(parsed.Text("key"));
        var size = (long)parsed.Number("partition_size", 0, long.MaxValue);
        var sequence = HashFooter.Add(
            image, Options(parsed, key) with { PartitionSize = parsed.Has("dynamic_partition_size") || size == 0 ? null : size });
        return System.Buffers.BuffersExtensions.ToArray(sequence);
    }

    private static HashFooterOptions Options(AospArguments parsed, AvbPrivateKey? key)
    {
        var algorithm = parsed.Text("hash_algorithm") ?? "sha256";
        return new HashFooterOptions
        {
            PartitionName = parsed.Text("partition_name") ?? "",
            HashAlgorithm = algorithm,
            // a persistent digest is made on the device, which has no other salt than none
            Salt = AvbOptions.Salt(parsed.Text("salt"))
                ?? (parsed.Has("use_persistent_digest") ? [] : RandomNumberGenerator.GetBytes(AvbDigest.LengthOf(algorithm))),
            PersistentDigest = parsed.Has("use_persistent_digest"),
            NoAb = parsed.Has("do_not_use_ab"),
            Vbmeta = AvbtoolOptions.Read(parsed, key),
        };
    }
}
