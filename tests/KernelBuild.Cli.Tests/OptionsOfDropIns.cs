using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace KernelBuild.Cli.Tests;

/// <summary>
/// Every option that a drop-in's help names is given once: what is printed or written must differ from the same run without it, or say that
/// the option has no effect. An option that is accepted and ignored fails here, and so does one that this list does not know.
/// </summary>
public sealed class OptionsOfDropIns
{
    private const string Boot = "mkbootimg --kernel kernel-new --ramdisk small.cpio --header_version 2 --dtb board.dtb -o new.img";
    private const string Version4 = "mkbootimg --kernel kernel-new --header_version 4 -o new.img --gki_signing_key chain.pem "
        + "--gki_signing_algorithm SHA256_RSA2048";

    private const string VendorBoot = "mkbootimg --header_version 4 --vendor_boot new.img --vendor_ramdisk small.cpio --dtb board.dtb";
    private const string Hash = "avbtool add_hash_footer --image hello.txt --partition_name x --partition_size 131072 --salt aa";
    private const string Hashtree = "avbtool add_hashtree_footer --image hello.txt --partition_name x --partition_size 262144 --salt aa";
    private const string Vbmeta = "avbtool make_vbmeta_image --output new.img";
    private const string Signing = " --algorithm SHA256_RSA2048 --key chain.pem";

    /// <summary>Command line without the option, and what is added to it; the verb's name and the option's are looked for in help.</summary>
    private static readonly (string Base, string Added)[] _runs =
    [
        (Boot, "--kernel hello.txt"), (Boot, "--ramdisk hello.txt"), (Boot, "--second hello.txt"), (Boot, "--dtb hello.txt"),
        (Boot, "--recovery_dtbo hello.txt"), (Boot, "--recovery_acpio hello.txt"), (Boot, "--cmdline x"), (VendorBoot, "--vendor_cmdline x"),
        (Boot, "--base 0"), (Boot, "--kernel_offset 1"), (Boot, "--ramdisk_offset 1"), (Boot + " --second hello.txt", "--second_offset 1"),
        (Boot, "--dtb_offset 1"), (Boot, "--os_version 14"), (Boot, "--os_patch_level 2024-05"), (Boot, "--tags_offset 1"), (Boot, "--board x"),
        (Boot, "--pagesize 4096"), (Boot, "--id"), (Boot, "--header_version 1"), (Boot + " --header_version 0", "--dt board.dtb"),
        (Boot, "--output new2.img"), (VendorBoot, "--vendor_boot new2.img"), (VendorBoot, "--vendor_ramdisk hello.txt"),
        (VendorBoot, "--vendor_bootconfig hello.txt"), (Version4, "--gki_signing_algorithm SHA512_RSA2048"),
        (Version4, "--gki_signing_key other.pem"), (Version4, "--gki_signing_signature_args=--prop=a:b"),
        (Version4, "--gki_signing_avbtool_path /nothing/avbtool"),
        (VendorBoot, "--ramdisk_name x --vendor_ramdisk_fragment hello.txt"), (VendorBoot, "--ramdisk_name x"),
        (VendorBoot + " --ramdisk_name x", "--vendor_ramdisk_fragment hello.txt"), (VendorBoot, "--ramdisk_type dlkm"),
        .. Enumerable.Range(0, 16).Select(i => (VendorBoot, $"--board_id{i} 5 --ramdisk_name x --vendor_ramdisk_fragment hello.txt")),
        ("unpack_bootimg --boot_img boot.img --out new-o", "--boot_img vendor_boot.img"),
        ("unpack_bootimg --boot_img boot.img --out new-o", "--out new-p"),
        ("unpack_bootimg --boot_img boot.img --out new-o", "--format mkbootimg"),
        ("unpack_bootimg --boot_img boot.img --out new-o --format mkbootimg", "--null"),
        .. new[]
        {
            "--boot_img vendor_boot.img", "--boot_img_archive x", "--algorithm SHA512_RSA2048", "--key other.pem", "--gki_info info.txt",
            "--output new2.img", "--extra_args=--prop=a:b", "--extra_footer_args=--salt=bb",
        }.Select(added => ("certify_bootimg --boot_img v4.img --algorithm SHA256_RSA2048 --key chain.pem --output new.img "
            + "--extra_footer_args=--salt=aa", added)),
        .. new[]
        {
            "--partition_name y", "--partition_size 196608", "--hash_algorithm sha512", "--salt bb", "--calc_max_image_size",
            "--output_vbmeta_image new.img", "--do_not_append_vbmeta_image", "--use_persistent_digest", "--do_not_use_ab", "--image kernel-new",
        }.SelectMany(added => new[] { (Hash, added), (Hashtree, added) }),
        (Hash.Replace(" --partition_size 131072", "", StringComparison.Ordinal), "--dynamic_partition_size"),
        .. new[]
        {
            "--block_size 1024", "--fec_num_roots 4", "--do_not_generate_fec", "--no_hashtree", "--setup_as_rootfs_from_kernel",
            "--check_at_most_once", "--generate_fec",
        }.Select(added => (Hashtree, added)),
        .. new[]
        {
            "--algorithm SHA256_RSA4096", "--key other.pem", "--public_key_metadata hello.txt", "--rollback_index 7",
            "--rollback_index_location 3", "--append_to_release_string x", "--internal_release_string x", "--prop a:b",
            "--prop_from_file a:hello.txt", "--kernel_cmdline x", "--setup_rootfs_from_kernel tree.img",
            "--include_descriptors_from_image vbmeta.img", "--print_required_libavb_version", "--chain_partition y:2:other.avbpubkey",
            "--chain_partition_do_not_use_ab y:2:other.avbpubkey", "--flags 1", "--set_hashtree_disabled_flag",
            "--set_verification_disabled_flag", "--signing_helper /nothing/helper", "--signing_helper_with_files /nothing/helper",
        }.SelectMany(added => new[] { (Hash + Signing, added), (Hashtree + Signing, added), (Vbmeta + Signing, added) }),
        (Vbmeta, "--output new2.img"), (Vbmeta, "--padding_size 8192"),
        ("avbtool info_image --image boot.img", "--image vbmeta.img"), ("avbtool info_image --image boot.img", "--output new.txt"),
        ("avbtool info_image --image boot.img", "--output_pubkey new.bin"), ("avbtool info_image --image boot.img", "--atx"),
        ("avbtool verify_image --image boot.img", "--image vbmeta.img"), ("avbtool verify_image --image boot.img", "--key other.pem"),
        ("avbtool verify_image --image vbmeta.img", "--expected_chain_partition boot:1:chain.avbpubkey"),
        ("avbtool verify_image --image vbmeta.img --expected_chain_partition boot:1:chain.avbpubkey", "--follow_chain_partitions"),
        ("avbtool verify_image --image tree.img", "--accept_zeroed_hashtree"),
        ("avbtool zero_hashtree --image tree.img", "--image tree2.img"),
        ("avbtool append_vbmeta_image --image hello.txt --vbmeta_image vbmeta.img --partition_size 131072", "--image kernel-new"),
        ("avbtool append_vbmeta_image --image hello.txt --vbmeta_image vbmeta.img --partition_size 131072", "--vbmeta_image boot.img"),
        ("avbtool append_vbmeta_image --image hello.txt --vbmeta_image vbmeta.img --partition_size 131072", "--partition_size 196608"),
        ("avbtool erase_footer --image tree.img", "--image boot.img"), ("avbtool erase_footer --image tree.img", "--keep_hashtree"),
        ("avbtool resize_image --image boot.img --partition_size 524288", "--image tree.img"),
        ("avbtool resize_image --image boot.img --partition_size 524288", "--partition_size 262144"),
        ("avbtool extract_vbmeta_image --image boot.img --output new.img", "--image tree.img"),
        ("avbtool extract_vbmeta_image --image boot.img --output new.img", "--output new2.img"),
        ("avbtool extract_vbmeta_image --image boot.img --output new.img", "--padding_size 16384"),
        ("avbtool extract_public_key --key chain.pem --output new.bin", "--key other.pem"),
        ("avbtool extract_public_key --key chain.pem --output new.bin", "--output new2.bin"),
        ("avbtool extract_public_key_digest --key chain.pem --output new.txt", "--key other.pem"),
        ("avbtool extract_public_key_digest --key chain.pem --output new.txt", "--output new2.txt"),
        ("avbtool calculate_vbmeta_digest --image boot.img", "--image tree.img"),
        ("avbtool calculate_vbmeta_digest --image boot.img", "--hash_algorithm sha512"),
        ("avbtool calculate_vbmeta_digest --image boot.img", "--output new.txt"),
        ("avbtool print_partition_digests --image boot.img", "--image tree.img"),
        ("avbtool print_partition_digests --image boot.img", "--output new.txt"),
        ("avbtool print_partition_digests --image boot.img", "--json"),
        ("avbtool calculate_kernel_cmdline --image cmdline.img", "--image boot.img"),
        ("avbtool calculate_kernel_cmdline --image cmdline.img", "--hashtree_disabled"),
        ("avbtool calculate_kernel_cmdline --image cmdline.img", "--output new.txt"),
        ("avbtool set_ab_metadata --misc_image misc.img --slot_data 15:7:0:14:7:0", "--misc_image misc2.img"),
        ("avbtool set_ab_metadata --misc_image misc.img --slot_data 15:7:0:14:7:0", "--slot_data 14:7:1:15:7:0"),
        ("avbtool generate_test_image --image_size 4096 --output new.img", "--image_size 8192"),
        ("avbtool generate_test_image --image_size 4096 --output new.img", "--start_byte 5"),
        ("avbtool generate_test_image --image_size 4096 --output new.img", "--output new2.img"),
        .. new[]
        {
            "--dt_type acpi", "--page_size 4096", "--version 1", "--id 5", "--rev 5", "--flags 5", "--custom0 5", "--custom1 5", "--custom2 5",
            "--custom3 5",
        }.Select(added => ("mkdtboimg create new.img|overlay.dtbo", added)),
        ("mkdtboimg cfg_create new.img dtbo.cfg|", "--dtb-dir /nothing"),
        ("mkdtboimg dump dtbo-v1-compressed.img", "--output new.txt"), ("mkdtboimg dump dtbo-v1-compressed.img", "--dtb new.dtb"),
        ("mkdtboimg dump dtbo-v1-compressed.img --dtb new.dtb", "--decompress"),
    ];

    [Theory]
    [InlineData("mkbootimg")]
    [InlineData("unpack_bootimg")]
    [InlineData("certify_bootimg")]
    [InlineData("avbtool")]
    [InlineData("mkdtboimg")]
    public void Every_option_that_help_names_is_in_this_list(string tool)
    {
        foreach (var (command, options) in Help(tool))
        {
            foreach (var spellings in options.Where(option => !option.Contains("--help")))
            {
                _runs.Any(run => run.Base.StartsWith(command + " ", StringComparison.Ordinal)
                    && run.Added.Split(' ', '=').Intersect(spellings).Any()).ShouldBeTrue($"{command} {spellings[^1]}");
            }
        }
    }

    [Fact]
    public void Every_option_has_an_effect_or_is_refused()
    {
        var unchanged = new List<string>();
        foreach (var group in _runs.GroupBy(run => run.Base))
        {
            var before = Outcome(group.Key.Replace("|", "", StringComparison.Ordinal));
            foreach (var (command, added) in group)
            {
                var at = command.IndexOf('|', StringComparison.Ordinal);
                var line = at < 0 ? $"{command} {added}" : $"{command[..at]} {added} {command[(at + 1)..]}";
                if (Outcome(line.Replace("  ", " ", StringComparison.Ordinal).TrimEnd()) == before)
                {
                    unchanged.Add($"{command} … {added}: {before.Split('\n')[0]}");
                }
            }
        }

        unchanged.ShouldBeEmpty();
    }

    private static IEnumerable<(string Command, IReadOnlyList<string[]> Options)> Help(string tool)
    {
        var help = CommandRun.Of(tool, "--help");
        help.ExitCode.ShouldBe(0);
        var verbs = Regex.Matches(help.Output, "^  ([a-z_]+) +[A-Z]", RegexOptions.Multiline).Select(match => match.Groups[1].Value).ToArray();
        if (verbs.Length == 0)
        {
            yield return (tool, OptionsOf(help.Output));
        }

        foreach (var verb in verbs)
        {
            yield return ($"{tool} {verb}", OptionsOf(CommandRun.Of(tool, verb, "--help").Output));
        }
    }

    /// <summary>The spellings of each option: "-o OUTPUT, --output OUTPUT".</summary>
    private static string[][] OptionsOf(string help) =>
    [
        .. Regex.Matches(help, "^  (-\\S+(?: \\S+)*)", RegexOptions.Multiline)
            .Select(row => Regex.Matches(row.Value, "--[a-zA-Z0-9_-]+").Select(match => match.Value).ToArray()),
    ];

    /// <summary>What a run in a fresh folder prints and leaves.</summary>
    private static string Outcome(string line)
    {
        using var folder = new FieldFolder();
        Prepare(folder);
        using var output = new StringWriter();
        using var errors = new StringWriter();
        var exitCode = KernelBuildCommand.Run([.. line.Split(' ').Select(word => PathOf(folder, word))], output, errors);
        var files = Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(file => $"{file[folder.Path.Length..]} {Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file)))}");
        return string.Join('\n', [$"{exitCode}", $"{errors}{output}".Replace(folder.Path, "", StringComparison.Ordinal), .. files]);
    }

    private static string PathOf(FieldFolder folder, string word)
    {
        var at = word.LastIndexOf(':') + 1;
        return File.Exists(folder[word[at..]]) && at < word.Length ? word[..at] + folder[word[at..]]
            : word.StartsWith("new", StringComparison.Ordinal) ? folder[word] : word;
    }

    private static void Prepare(FieldFolder folder)
    {
        foreach (var line in new[]
        {
            "mkbootimg --kernel kernel-new --header_version 4 -o v4.img",
            "avbtool make_vbmeta_image --output cmdline.img --setup_rootfs_from_kernel tree.img",
        })
        {
            if (line.Contains("tree.img", StringComparison.Ordinal))
            {
                foreach (var tree in new[] { "tree.img", "tree2.img" })
                {
                    folder.Write(tree, new byte[tree == "tree.img" ? 65_536 : 32_768]);
                    CommandRun.Of(
                        "avbtool", "add_hashtree_footer", "--image", folder[tree], "--partition_name", "tree", "--partition_size", "262144",
                        "--salt", "aa", "--do_not_generate_fec").ExitCode.ShouldBe(0);
                }
            }

            var run = CommandRun.Of([.. line.Split(' ').Select(word => word.EndsWith(".img", StringComparison.Ordinal) || word == "kernel-new" ? folder[word] : word)]);
            run.ExitCode.ShouldBe(0, run.Errors);
        }

        folder.Write("misc.img", new byte[8192]);
        folder.Write("misc2.img", new byte[4096]);
        folder.Write("info.txt", "certify_bootimg_extra_args=--prop a:b\n"u8.ToArray());
        folder.Write("dtbo.cfg", System.Text.Encoding.UTF8.GetBytes(folder["overlay.dtbo"] + "\n"));
    }
}
