using System.Globalization;
using KernelBuild.BootImages.Avb;
using KernelBuild.BootImages.Avb.Descriptors;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Images;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;

namespace KernelBuild.Cli.Aosp;

/// <summary>The options that add_hash_footer and make_vbmeta_image have in common.</summary>
internal static class AvbtoolOptions
{
    public static string[] Valued { get; } =
    [
        "algorithm", "key", "public_key_metadata", "rollback_index", "rollback_index_location", "flags", "prop", "prop_from_file",
        "kernel_cmdline",
        "chain_partition", "chain_partition_do_not_use_ab", "include_descriptors_from_image", "append_to_release_string",
        "internal_release_string",
    ];

    public static string[] Flags { get; } =
    [
        "set_hashtree_disabled_flag", "set_verification_disabled_flag", "print_required_libavb_version",
    ];

    /// <summary>
    /// The structure without descriptors of the image itself. Chains come first, then properties, command lines, and those of other images.
    /// </summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="key">Signs; must be there unless the algorithm is NONE.</param>
    /// <exception cref="DiagnosticException">KB9010, KB9012 or KB5030.</exception>
    public static VbmetaContents Read(AospArguments parsed, AvbPrivateKey? key)
    {
        var algorithm = EditOptions.Algorithm(parsed.Text("algorithm")) ?? AvbAlgorithm.None;
        if (algorithm != AvbAlgorithm.None && key is null)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.AvbKeyInvalid, $"{algorithm.Name} needs a key, and none is given", "give it: --key key.pem"));
        }

        var included = parsed.All("include_descriptors_from_image").Select(path => AvbtoolTool.Read(path).Vbmeta).ToArray();
        var release = parsed.Text("internal_release_string") ?? AvbtoolTool.ReleaseString;
        var flags = (VbmetaFlags)parsed.Word("flags", 0)
            | (parsed.Has("set_hashtree_disabled_flag") ? VbmetaFlags.HashtreeDisabled : 0)
            | (parsed.Has("set_verification_disabled_flag") ? VbmetaFlags.VerificationDisabled : 0);
        return new VbmetaContents
        {
            Descriptors =
            [
                .. Chains(parsed),
                .. parsed.All("prop").Select(AvbOptions.Property),
                .. parsed.All("prop_from_file").Select(PropertyFromFile),
                .. parsed.All("kernel_cmdline").Select(text => KernelCommandLineDescriptor.Create(text)),
                .. DescriptorInclusion.From(included),
            ],
            Algorithm = algorithm,
            Key = algorithm == AvbAlgorithm.None ? null : key,
            PublicKeyMetadata = parsed.Text("public_key_metadata") is { } metadata ? InputFile.Read(metadata) : default,
            RollbackIndex = parsed.Number("rollback_index", 0),
            RollbackIndexLocation = parsed.Word("rollback_index_location", 0),
            Flags = flags,
            RequiredMinorVersion = included.Select(image => image.Header.RequiredMinorVersion).DefaultIfEmpty().Max(),
            ReleaseString = parsed.Text("append_to_release_string") is { } more ? release + " " + more : release,
        };
    }

    private static IEnumerable<AvbDescriptor> Chains(AospArguments parsed)
    {
        var used = new HashSet<uint> { parsed.Word("rollback_index_location", 0) };
        foreach (var (text, flags) in parsed
            .All("chain_partition")
            .Select(text => (text, 0u))
            .Concat(parsed.All("chain_partition_do_not_use_ab").Select(text => (text, 1u)))
            .OrderBy(pair => pair.text, StringComparer.Ordinal))
        {
            var parts = text.Split(':');
            if (parts.Length != 3 || !uint.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var location)
                || location == 0 || !used.Add(location))
            {
                throw CommandFrame.Usage(
                    $"'{text}' is no chained partition", "NAME:LOCATION:KEYFILE, with a location from 1 on that no other has");
            }

            yield return ChainPartitionDescriptor.Create(parts[0], location, InputFile.Read(parts[2]), flags);
        }
    }

    private static AvbDescriptor PropertyFromFile(string text)
    {
        var split = text.IndexOf(':', StringComparison.Ordinal);
        return split >= 0
            ? PropertyDescriptor.Create(text[..split], InputFile.Read(text[(split + 1)..]))
            : throw CommandFrame.Usage($"--prop_from_file wants KEY:FILE, not '{text}'", "write a colon between them");
    }
}
