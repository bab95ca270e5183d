using KernelBuild.Testing;

namespace KernelBuild.Cli.Tests;

/// <summary>Small images of the kinds that people brought: what AOSP's tools and libavb answer is the right answer.</summary>
public sealed class BootImagesInTheField : IDisposable
{
    private readonly TestFolder _folder = new();

    public BootImagesInTheField()
    {
        foreach (var file in Directory.GetFiles(Repository.PathOf("tests", "data", "boot", "field")))
        {
            File.Copy(file, _folder[Path.GetFileName(file)]);
        }
    }

    public void Dispose() => _folder.Dispose();

    private CommandRun Run(string line) => CommandRun.Of(
        [.. line.Split(' ').Select(word => File.Exists(_folder[word]) || word.StartsWith("new-", StringComparison.Ordinal) ? _folder[word]
            : word.StartsWith("boot:", StringComparison.Ordinal) ? word[..(word.LastIndexOf(':') + 1)] + _folder[word[(word.LastIndexOf(':') + 1)..]] : word)]);

    private byte[] Bytes(string name) => File.ReadAllBytes(_folder[name]);

    [Fact]
    public void A_vbmeta_image_whose_chain_names_the_key_already_is_not_touched()
    {
        var before = Bytes("vbmeta.img");
        var run = Run("boot set boot.img --kernel kernel-new --key chain.pem --vbmeta vbmeta.img --in-place");
        run.ExitCode.ShouldBe(0, run.Errors);
        run.Output.ShouldContain("it was not touched");
        Bytes("vbmeta.img").ShouldBe(before);
        Run("avb verify vbmeta.img boot.img vendor_boot.img --key root.pem").ExitCode.ShouldBe(0);
    }

    [Fact]
    public void Another_key_than_that_of_the_vbmeta_image_is_taken_only_when_it_is_asked_for()
    {
        var (boot, vbmeta) = (Bytes("boot.img"), Bytes("vbmeta.img"));
        var run = Run("boot set boot.img --kernel kernel-new --key other.pem --vbmeta vbmeta.img --in-place");
        run.ExitCode.ShouldBe(1);
        run.Errors.ShouldContain("KB5031");
        run.Errors.ShouldContain("--vbmeta-key");
        Bytes("boot.img").ShouldBe(boot);
        Bytes("vbmeta.img").ShouldBe(vbmeta);

        run = Run("boot set boot.img --kernel kernel-new --key other.pem --vbmeta vbmeta.img --vbmeta-key root.pem --in-place");
        run.ExitCode.ShouldBe(0, run.Errors);
        run.Output.ShouldContain("names the new key");
        Run("avb verify vbmeta.img boot.img vendor_boot.img --key root.pem").ExitCode.ShouldBe(0);

        run = Run("boot set boot.img --kernel kernel-new --key chain.pem --vbmeta vbmeta.img --vbmeta-key other.pem --in-place");
        run.ExitCode.ShouldBe(0, run.Errors);
        run.Output.ShouldContain("KB5022");
        Run("avb verify vbmeta.img boot.img vendor_boot.img --key root.pem").ExitCode.ShouldBe(1);
        Run("avb verify vbmeta.img boot.img vendor_boot.img --key other.pem").ExitCode.ShouldBe(0);
    }

    [Fact]
    public void An_intact_chain_is_accepted_with_the_key_of_its_top_in_every_form_and_a_broken_one_is_not()
    {
        foreach (var key in (string[])["root.pem", "root.avbpubkey"])
        {
            Run($"avb verify vbmeta.img boot.img vendor_boot.img --key {key}").ExitCode.ShouldBe(0, key);
        }

        Run("avb verify vbmeta.img boot.img vendor_boot.img --key other.pem").ExitCode.ShouldBe(1);
        Run("avb verify boot.img --key chain-public.pem").ExitCode.ShouldBe(0);
        Run("avb verify boot.img --key root.pem").ExitCode.ShouldBe(1);
        File.Copy(_folder["boot-other-key.img"], _folder["boot.img"], overwrite: true);
        Run("avb verify vbmeta.img boot.img vendor_boot.img --key root.pem").Output.ShouldContain("KB5022");
    }

    [Theory]
    [InlineData("boot:1:chain.avbpubkey", 0)]
    [InlineData("boot:1:other.avbpubkey", 1)]
    [InlineData("boot:9:chain.avbpubkey", 1)]
    [InlineData(null, 1)]
    public void Avbtool_compares_chains_with_what_is_expected(string? expected, int exitCode) =>
        Run("avbtool verify_image --image vbmeta.img" + (expected is null ? "" : " --expected_chain_partition " + expected))
            .ExitCode.ShouldBe(exitCode);

    [Fact]
    public void Avbtool_follows_chains_into_the_files_beside_the_image()
    {
        var run = Run("avbtool verify_image --image vbmeta.img --follow_chain_partitions");
        run.ExitCode.ShouldBe(0, run.Output + run.Errors);
        File.Copy(_folder["boot-corrupt.img"], _folder["boot.img"], overwrite: true);
        Run("avbtool verify_image --image vbmeta.img --follow_chain_partitions").ExitCode.ShouldBe(1);
        File.Delete(_folder["boot.img"]);
        Run("avbtool verify_image --image vbmeta.img --follow_chain_partitions").ExitCode.ShouldNotBe(0);
    }

    [Theory]
    [InlineData("", "1.0")]
    [InlineData(" --do_not_use_ab", "1.1")]
    [InlineData(" --rollback_index_location 2", "1.2")]
    public void Avbtool_prints_the_libavb_that_is_required_and_writes_nothing(string option, string version)
    {
        var before = Bytes("arm64-boot-v0.img");
        var run = Run("avbtool add_hash_footer --image arm64-boot-v0.img --partition_name boot --partition_size 131072 --print_required_libavb_version" + option);
        run.ExitCode.ShouldBe(0, run.Errors);
        run.Output.Trim().ShouldBe(version);
        Bytes("arm64-boot-v0.img").ShouldBe(before);
    }

    /// <summary>Exit codes of AOSP's avbtool 1.3.0: its parser ends with 2, all that is found out later with 1.</summary>
    [Theory]
    [InlineData("add_hash_footer --image hello.txt --partition_name x --partition_size 12z", 2)]
    [InlineData("add_hashtree_footer --image none.img --partition_name x --partition_size 1048576", 2)]
    [InlineData("add_hash_footer --image none.img --partition_name x --partition_size 1048576", 1)]
    [InlineData("add_hash_footer --image hello.txt --partition_name x --partition_size 0", 1)]
    [InlineData("add_hash_footer --image hello.txt --partition_name x --partition_size 100000 --do_not_append_vbmeta_image", 1)]
    [InlineData("add_hash_footer --image hello.txt --partition_name x --dynamic_partition_size --salt abc", 1)]
    [InlineData("make_vbmeta_image --output new-1.img --chain_partition bad:root.avbpubkey", 1)]
    [InlineData("set_ab_metadata --misc_image hello.txt --slot_data 15:7:0", 1)]
    [InlineData("extract_vbmeta_image --image vbmeta.img --output new-1.img", 1)]
    [InlineData("add_hash_footer --image none.img --partition_name x --partition_size 1048576 --calc_max_image_size", 0)]
    [InlineData("make_vbmeta_image --prop bad --key none.pem --print_required_libavb_version", 0)]
    public void Avbtool_ends_with_the_exit_code_of_AOSPs(string arguments, int exitCode) =>
        Run("avbtool " + arguments).ExitCode.ShouldBe(exitCode);

    /// <summary>AOSP's avbtool: "Embedded public key does not match given key."; libavb: PUBLIC_KEY_REJECTED.</summary>
    [Fact]
    public void What_carries_no_key_is_not_signed_with_the_expected_one()
    {
        Run("avbtool make_vbmeta_image --output new-none.img --prop a:b").ExitCode.ShouldBe(0);
        Run("avbtool verify_image --image new-none.img").ExitCode.ShouldBe(0);
        Run("avbtool verify_image --image new-none.img --key root.pem").ExitCode.ShouldBe(1);
        var verify = Run("avb verify new-none.img --key root.pem");
        verify.ExitCode.ShouldBe(1);
        verify.Output.ShouldContain("KB5022");
    }

    /// <summary>The chain in vbmeta.img names a key, and the chained image is not signed at all.</summary>
    [Fact]
    public void A_chained_image_without_a_signature_is_refused()
    {
        Run("avb strip boot.img --in-place").ExitCode.ShouldBe(0);
        Run("avb sign boot.img --algorithm NONE --partition boot --partition-size 1048576 --in-place").ExitCode.ShouldBe(0);
        var verify = Run("avb verify vbmeta.img boot.img vendor_boot.img --key root.pem");
        verify.ExitCode.ShouldBe(1);
        verify.Output.ShouldContain("KB5022");
    }

    /// <summary>The content is a vbmeta structure itself: avbtool follows the footer.</summary>
    [Fact]
    public void A_footer_counts_more_than_what_the_content_looks_like()
    {
        Run("avbtool make_vbmeta_image --output new-1.img").ExitCode.ShouldBe(0);
        Run("avbtool add_hash_footer --image new-1.img --partition_name x --partition_size 131072 --salt aa").ExitCode.ShouldBe(0);
        var info = Run("avbtool info_image --image new-1.img").Output;
        info.ShouldContain("Hash descriptor:");
        info.ShouldContain("Partition Name:        x");
    }

    [Fact]
    public void Avbtool_prints_digests_as_JSON()
    {
        // shortened, as argparse allows: the document is of avbtool's own form, not of that which all others are checked for
        var run = Run("avbtool print_partition_digests --image vbmeta.img --output new-digests --jso");
        run.ExitCode.ShouldBe(0, run.Errors);
        var text = File.ReadAllText(_folder["new-digests"]);
        text.ShouldStartWith("{\n  \"partitions\": [\n    {\n      \"name\": \"");
        System.Text.Json.JsonDocument.Parse(text).RootElement.GetProperty("partitions").GetArrayLength().ShouldBe(2);
    }

    [Fact]
    public void A_sparse_image_gets_no_footer_behind_its_data()
    {
        _folder.Write("sparse.img", (byte[])[0x3a, 0xff, 0x26, 0xed, .. new byte[4096]]);
        var run = Run("avbtool add_hash_footer --image sparse.img --partition_name boot --partition_size 131072");
        run.ExitCode.ShouldBe(1);
        run.Errors.ShouldContain("KB5041");
        Bytes("sparse.img").Length.ShouldBe(4100);
    }

    [Fact]
    public void A_diff_says_what_a_locked_bootloader_refuses()
    {
        var run = Run("boot diff boot.img boot-other-key.img");
        run.ExitCode.ShouldBe(1);
        foreach (var word in (string[])["PUBLIC_KEY_REJECTED", "ROLLBACK_INDEX", "INVALID_METADATA", "the rollback index is 5, and the stock image's 1714867200"])
        {
            run.Output.ShouldContain(word);
        }
    }

    [Fact]
    public void Flags_that_go_away_below_the_top_are_no_hindrance()
    {
        var run = Run("boot diff boot-other-key.img boot.img");
        run.Output.ShouldContain("PUBLIC_KEY_REJECTED");
        run.Output.ShouldNotContain("the flags of the AVB metadata");
        run.Output.ShouldNotContain("ERROR_ROLLBACK_INDEX");
    }

    [Fact]
    public void Of_two_expectations_for_one_partition_the_last_counts()
    {
        const string line = "avbtool verify_image --image vbmeta.img --expected_chain_partition ";
        Run(line + "boot:9:chain.avbpubkey --expected_chain_partition boot:1:chain.avbpubkey").ExitCode.ShouldBe(0);
        Run(line + "boot:1:chain.avbpubkey --expected_chain_partition boot:9:chain.avbpubkey").ExitCode.ShouldBe(1);
    }

    [Theory]
    [InlineData("arm64-boot-v0.img --kernel hello.txt", "KB5037", "a text")]
    [InlineData("arm64-boot-v0.img --kernel board.dtb", "KB5037", "a device tree blob")]
    [InlineData("arm64-boot-v0.img --kernel small.cpio", "KB5037", "a cpio archive")]
    [InlineData("arm64-boot-v0.img --kernel boot.img", "KB5037", "a whole boot image")]
    [InlineData("arm64-boot-v0.img --kernel new-elf", "KB5037", "an ELF file for x86-64")]
    [InlineData("v2-dtb.img --dtb hello.txt", "KB5032", "a text")]
    public void What_is_no_kernel_or_no_tree_is_not_put_in(string edit, string code, string words)
    {
        _folder.Write("new-elf", (byte[])[0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1, .. new byte[11], 62, 0, .. new byte[100]]);
        var image = edit.Split(' ')[0];
        var before = Bytes(image);
        var run = Run("boot set " + edit + " --in-place");
        run.ExitCode.ShouldBe(1, run.Output);
        run.Errors.ShouldContain(code);
        run.Errors.ShouldContain(words);
        Bytes(image).ShouldBe(before);
    }

    /// <summary>What is accepted has its effect; these would have had none.</summary>
    [Theory]
    [InlineData("boot set arm64-boot-v0.img --cmdline z --rollback-index 5 -o new-1.img", "no AVB metadata")]
    [InlineData("boot set arm64-boot-v0.img --cmdline z --algorithm SHA256_RSA2048 -o new-1.img", "no AVB metadata")]
    [InlineData("boot set arm64-boot-v0.img --cmdline z --key chain.pem -o new-1.img", "no AVB metadata")]
    [InlineData("boot set arm64-boot-v0.img --cmdline z --passphrase-file hello.txt -o new-1.img", "no key")]
    [InlineData("boot set boot.img --cmdline z --signing-helper /bin/true -o new-1.img", "no key")]
    [InlineData("boot set boot.img --algorithm SHA256_RSA2048 -o new-1.img", "no key")]
    [InlineData("boot set boot.img --cmdline z --kernel-compression gzip -o new-1.img", "no kernel is put in")]
    [InlineData("boot set boot.img --cmdline z --ramdisk-compression gzip -o new-1.img", "no ramdisk is put in")]
    [InlineData("avb sign vbmeta.img --key root.pem --partition boot -o new-1.img", "no hash descriptor of its own")]
    [InlineData("avb sign vbmeta.img --key root.pem --salt aa -o new-1.img", "no hash descriptor of its own")]
    [InlineData("dtbo set dtbo-v1-compressed.img 0 --tree overlay.dtbo --rollback-index 5 -o new-1.img", "no AVB metadata")]
    [InlineData("dtbo set dtbo-v1-compressed.img 0 --tree overlay.dtbo --key chain.pem -o new-1.img", "no AVB metadata")]
    [InlineData("dtbo set dtbo-v1-compressed.img 0 --tree overlay.dtbo --signing-helper /bin/true -o new-1.img", "no key")]
    public void Options_without_effect_are_refused(string line, string why)
    {
        var run = Run(line);
        run.ExitCode.ShouldBe(2, run.Output + run.Errors);
        run.Errors.ShouldContain("has no effect");
        run.Errors.ShouldContain(why);
    }

    [Theory]
    [InlineData("boot set arm64-boot-v0.img --ramdisk hello.txt -o new-1.img")]
    [InlineData("boot set arm64-boot-v0.img --ramdisk board.dtb -o new-1.img")]
    [InlineData("boot set arm64-boot-v0.img --ramdisk boot.img -o new-1.img")]
    [InlineData("boot set vendor_boot.img --bootconfig board.dtb -o new-1.img")]
    [InlineData("boot set v2-dtb.img --recovery-dtbo hello.txt -o new-1.img")]
    public void What_is_no_ramdisk_bootconfig_or_overlay_is_not_put_in(string line)
    {
        var run = Run(line);
        run.ExitCode.ShouldBe(1, run.Output + run.Errors);
        run.Errors.ShouldContain("KB5037");
        File.Exists(_folder["new-1.img"]).ShouldBeFalse();
    }

    [Fact]
    public void An_empty_kernel_takes_none_away()
    {
        File.WriteAllBytes(_folder["empty"], []);
        Run("boot set arm64-boot-v0.img --kernel empty -o new-1.img").Errors.ShouldContain("KB5037");
    }

    [Fact]
    public void Another_key_than_that_of_the_image_is_said()
    {
        var run = Run("boot set boot.img --kernel kernel-new --key other.pem -o new-1.img");
        run.ExitCode.ShouldBe(0, run.Errors);
        run.Output.ShouldContain("KB5022");
        Run("boot set boot.img --kernel kernel-new --key chain.pem -o new-2.img").Output.ShouldNotContain("KB5022");
    }

    [Fact]
    public void Flags_that_are_set_back_hold_again()
    {
        Run("avb flags vbmeta.img --disable-verity -o new-1.img").Output.ShouldContain("KB5021");
        Run("avb flags new-1.img --enable-verity -o new-2.img").Output.ShouldNotContain("KB5021");
        Bytes("new-2.img").ShouldBe(Bytes("vbmeta.img"));
    }

    [Fact]
    public void A_kernel_that_is_compressed_otherwise_is_a_warning_and_a_stronger_algorithm_by_the_same_key_is_none()
    {
        Run("boot set lz4-frame-kernel.img --kernel kernel-new.gz -o new-1.img").Output.ShouldContain("stored as gzip");
        Run("boot diff lz4-frame-kernel.img new-1.img").Output.ShouldContain("stored as gzip");
        Run("boot set boot.img --key chain.pem --algorithm SHA512_RSA2048 -o new-2.img").ExitCode.ShouldBe(0);
        Run("boot diff boot.img new-2.img").Output.ShouldNotContain("AVB algorithm");
    }

    [Fact]
    public void An_image_whose_kernel_is_a_text_is_found_by_verify_and_by_diff()
    {
        Run("mkbootimg --header_version 0 --kernel hello.txt --ramdisk small.cpio -o new-wrong.img").ExitCode.ShouldBe(0);
        Run("boot verify new-wrong.img").Output.ShouldContain("KB5037");
        var diff = Run("boot diff arm64-boot-v0.img new-wrong.img");
        diff.ExitCode.ShouldBe(1);
        diff.Output.ShouldContain("KB5037");
    }

    [Fact]
    public void A_compressed_kernel_where_the_stock_one_is_not_is_a_warning()
    {
        var run = Run("boot set raw-kernel-v0.img --kernel kernel-new.gz -o new-gz.img");
        run.ExitCode.ShouldBe(0, run.Errors);
        run.Output.ShouldContain("warning KB5037");
        Run("boot diff raw-kernel-v0.img new-gz.img").Output.ShouldContain("warning KB5037");
    }

    [Fact]
    public void An_image_is_not_changed_when_its_vbmeta_image_cannot_be_read()
    {
        var before = Bytes("boot.img");
        Run("boot set boot.img --kernel kernel-new --key chain.pem --vbmeta no-such.img --in-place").ExitCode.ShouldBe(2);
        Bytes("boot.img").ShouldBe(before);
        Directory.GetFiles(_folder.Path, "*.tmp").ShouldBeEmpty();
    }

    [Fact]
    public void A_fragment_outside_of_its_section_cannot_be_edited()
    {
        var run = Run("boot set vendor-fragment-outside.img --fragment =small.cpio --in-place");
        _folder.Write("small-fragment", Bytes("small.cpio"));
        run = CommandRun.Of("boot", "set", _folder["vendor-fragment-outside.img"], "--fragment", "=" + _folder["small.cpio"], "--in-place");
        run.ExitCode.ShouldBe(1, run.Output);
        run.Errors.ShouldContain("KB5026");
    }

    [Fact]
    public void What_stands_behind_a_vbmeta_structure_survives_its_signing()
    {
        var before = Bytes("vbmeta-with-vendor-trailer.img");
        var run = Run("avb sign vbmeta-with-vendor-trailer.img --key root.pem --in-place");
        run.ExitCode.ShouldBe(0, run.Errors);
        Bytes("vbmeta-with-vendor-trailer.img")[^272..].ShouldBe(before[^272..]);
        before[^272..].ShouldContain(value => value != 0);
    }

    [Fact]
    public void A_kernel_is_stored_as_an_LZ4_frame_where_the_old_one_is_one()
    {
        var run = Run("boot set lz4-frame-kernel.img --kernel kernel-new --in-place");
        run.ExitCode.ShouldBe(0, run.Errors);
        run.Output.ShouldContain("compressed with lz4");
    }

    [Theory]
    [InlineData(1534, 0)]
    [InlineData(1535, 1)]
    public void A_command_line_of_version_0_has_at_most_1534_bytes(int length, int exitCode) =>
        CommandRun.Of("boot", "set", _folder["arm64-boot-v0.img"], "--cmdline", new string('y', length), "--in-place").ExitCode.ShouldBe(exitCode);
}
