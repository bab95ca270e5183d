using System.Security.Cryptography;
using KernelBuild.BootImages.Avb;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;
using KernelBuild.Cli.Images;
using KernelBuild.Host.Files;

namespace KernelBuild.Cli.Aosp;

/// <summary>avbtool's <c>add_hash_footer</c>.</summary>
internal static class AvbtoolHashFooter
{
    private static readonly string[] Valued =
    [
        "image", "partition_size", "partition_name", "hash_algorithm", "salt", "output_vbmeta_image", .. AvbtoolOptions.Valued,
    ];
    private static readonly string[] Flags =
    [
        "dynamic_partition_size", "do_not_append_vbmeta_image", "use_persistent_digest", "do_not_use_ab", "calc_max_image_size",
        .. AvbtoolOptions.Flags,
    ];

    public static int Run(string[] arguments, TextWriter output)
    {
        var parsed = AospArguments.Parse(arguments, Valued, Flags);
        var partitionSize = parsed.Has("partition_size") ? (long?)parsed.Number("partition_size", 0, long.MaxValue) : null;
        if (parsed.Has("calc_max_image_size"))
        {
            output.WriteLine((partitionSize ?? 0) - AvbFootedImage.ReservedLength);
            return ExitCode.Done;
        }

        if (partitionSize is null or 0 && !parsed.Has("dynamic_partition_size") && !parsed.Has("print_required_libavb_version"))
        {
            throw CommandFrame.Usage("--dynamic_partition_size is required when no partition size is given", "give one of the two");
        }

        using var key = InputImage.ReadKey(parsed.Text("key"));
        var asksForVersion = parsed.Has("print_required_libavb_version");
        var image = asksForVersion ? null : AvbtoolImage.Read(parsed.Required("image"));
        var algorithm = parsed.Text("hash_algorithm") ?? "sha256";
        var options = new HashFooterOptions
        {
            PartitionName = asksForVersion ? parsed.Text("partition_name") ?? "" : parsed.Required("partition_name"),
            PartitionSize = parsed.Has("dynamic_partition_size") || asksForVersion ? null : partitionSize,
            HashAlgorithm = algorithm,
            // a persistent digest is made on the device, which has no other salt than none
            Salt = AvbOptions.Salt(parsed.Text("salt"))
                ?? (parsed.Has("use_persistent_digest") ? [] : RandomNumberGenerator.GetBytes(AvbDigest.LengthOf(algorithm))),
            PersistentDigest = parsed.Has("use_persistent_digest"),
            NoAb = parsed.Has("do_not_use_ab"),
            Vbmeta = AvbtoolOptions.Read(parsed, key),
        };
        if (image is null)
        {
            output.WriteLine($"1.{VbmetaHeader.Read(HashFooter.MakeVbmeta(default, options)).RequiredMinorVersion}");
            return ExitCode.Done;
        }

        var content = image.File.Content;

        if (parsed.Text("output_vbmeta_image") is { } path)
        {
            OutputFile.Write(path, HashFooter.MakeVbmeta(content, options));
        }

        if (!parsed.Has("do_not_append_vbmeta_image"))
        {
            OutputFile.Write(image.Path, HashFooter.Add(content, options));
        }

        return ExitCode.Done;
    }
}
