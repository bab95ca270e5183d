using System.Collections.Immutable;
using System.Globalization;
using KernelBuild.BootImages.Avb;
using KernelBuild.BootImages.Avb.Descriptors;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;
using KernelBuild.Cli.Images;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;

namespace KernelBuild.Cli.Aosp;

/// <summary>The options that add_hash_footer, add_hashtree_footer and make_vbmeta_image have in common.</summary>
internal static class AvbtoolOptions
{
    /// <summary>Of a file that this command line names.</summary>
    public static AospOption Image { get; } = new("image", "IMAGE", "The image") { IsRequired = true };

    public static AospOption Output { get; } = new("output", "OUTPUT", "Where to write; to standard output otherwise");

    public static ImmutableArray<AospOption> Common { get; } =
    [
        new("algorithm", "ALGORITHM", "How to sign: NONE (default), SHA256_RSA2048, … SHA512_RSA8192"),
        new("key", "KEY", "The RSA private key in PEM form; with a signing helper its public half will do"),
        new("signing_helper", "APP", "Signs: APP ALGORITHM KEY, block on standard input, signature on standard output"),
        new("signing_helper_with_files", "APP", "Signs: APP ALGORITHM KEY FILE, with the block in FILE, and the signature afterwards"),
        new("public_key_metadata", "KEY_METADATA", "A file with metadata of the public key"),
        new("rollback_index", "NUMBER", "The rollback index; 0 otherwise"),
        new("rollback_index_location", "NUMBER", "Where the bootloader keeps it; 0 otherwise"),
        new("append_to_release_string", "STR", "Text behind the release string"),
        new("internal_release_string", "STR", "Another release string, for tests"),
        new("prop", "KEY:VALUE", "Adds a property; may be repeated"),
        new("prop_from_file", "KEY:PATH", "Adds a property whose value is the content of a file; may be repeated"),
        new("kernel_cmdline", "CMDLINE", "Adds text for the kernel command line; may be repeated"),
        new("setup_rootfs_from_kernel", "IMAGE", "Adds the kernel command line that mounts IMAGE behind its hash tree")
        {
            Aliases = ["--generate_dm_verity_cmdline_from_hashtree"],
        },
        new("include_descriptors_from_image", "IMAGE", "Copies the descriptors of IMAGE; may be repeated"),
        new("print_required_libavb_version", null, "Prints the libavb version that is needed, and writes nothing"),
        new("chain_partition", "PART_NAME:ROLLBACK_SLOT:KEY_PATH", "A partition that is signed with a key of its own; may be repeated"),
        new("chain_partition_do_not_use_ab", "PART_NAME:ROLLBACK_SLOT:KEY_PATH", "The same for one without slots; may be repeated"),
        new("flags", "NUMBER", "Flags of the vbmeta structure"),
        new("set_hashtree_disabled_flag", null, "Sets the flag by which hash trees are not checked"),
        new("set_verification_disabled_flag", null, "Sets the flag by which nothing is checked"),
    ];

    public static ImmutableArray<AospOption> Footer { get; } =
    [
        new("partition_name", "NAME", "The partition's name, without slot"),
        new("partition_size", "BYTES", "The partition's size"),
        new("hash_algorithm", "NAME", "How to hash: sha256 and the like"),
        new("salt", "HEX", "The salt; random otherwise"),
        new("calc_max_image_size", null, "Prints how large the image may be in the partition, and writes nothing"),
        new("output_vbmeta_image", "PATH", "Writes the vbmeta structure into this file, too"),
        new("do_not_append_vbmeta_image", null, "Adds neither structure nor footer to the image"),
        new("use_persistent_digest", null, "The device keeps the digest, not the descriptor"),
        new("do_not_use_ab", null, "The partition has no slots"),
    ];

    /// <summary>Answers --print_required_libavb_version, before anything else of the command line is looked at, as avbtool does.</summary>
    /// <returns>False when that was not asked for.</returns>
    public static bool PrintRequiredVersion(AospArguments parsed, TextWriter output)
    {
        if (!parsed.Has("print_required_libavb_version"))
        {
            return false;
        }

        // source: libavb's avb_version.h and avbtool.py, which names the features of each minor version
        var minor = parsed.Has("chain_partition_do_not_use_ab") ? 3
            : parsed.Word("rollback_index_location", 0) > 0 ? 2
            : parsed.Has("use_persistent_digest") || parsed.Has("do_not_use_ab") || parsed.Has("check_at_most_once") ? 1
            : 0;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"1.{minor}"));
        return true;
    }

    /// <summary>How keys are opened and who signs.</summary>
    /// <exception cref="DiagnosticException">KB9010: both helpers are given.</exception>
    public static KeySource Keys(AospArguments parsed)
    {
        var (helper, withFiles) = (parsed.Text("signing_helper"), parsed.Text("signing_helper_with_files"));
        return new KeySource
        {
            // of both, avbtool takes the one with files
            Helper = withFiles is not null ? new SigningHelper(withFiles, UsesFiles: true)
                : helper is not null ? new SigningHelper(helper, UsesFiles: false)
                : null,
            Passphrase = SecureStorage.PassphraseOf,
        };
    }

    /// <summary>
    /// The structure without descriptors of the image itself. Chains come first, then properties, command lines, and those of other images.
    /// </summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="key">Signs; must be there unless the algorithm is NONE.</param>
    /// <param name="ownRoot">The hash tree of the image itself, when the kernel is to mount it; else null.</param>
    /// <exception cref="DiagnosticException">KB9010, KB9012 or KB5030.</exception>
    public static VbmetaContents Read(AospArguments parsed, AvbPrivateKey? key, HashtreeDescriptor? ownRoot = null)
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
                .. parsed.Text("setup_rootfs_from_kernel") is { } root ? VerityCommandLine.For(TreeOf(root)) : [],
                .. ownRoot is null ? [] : VerityCommandLine.For(ownRoot),
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

    private static HashtreeDescriptor TreeOf(string path) =>
        AvbtoolTool.Read(path).Vbmeta.Descriptors.OfType<HashtreeDescriptor>().FirstOrDefault()
        ?? throw new DiagnosticException(Diagnostic.Error(
            DiagnosticCodes.AvbDescriptorInvalid, "the image has no hash tree that the kernel could mount",
            "give it one: avbtool add_hashtree_footer") with { File = path });

    private static IEnumerable<AvbDescriptor> Chains(AospArguments parsed)
    {
        var used = new HashSet<uint> { parsed.Word("rollback_index_location", 0) };
        foreach (var (text, flags) in parsed
            .All("chain_partition")
            .Select(text => (text, 0u))
            .Concat(parsed.All("chain_partition_do_not_use_ab").Select(text => (text, 1u))))
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
