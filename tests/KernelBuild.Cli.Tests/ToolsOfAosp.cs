using System.Text;
using KernelBuild.BootImages.Dtbo;
using static KernelBuild.Cli.Tests.SampleImages;

namespace KernelBuild.Cli.Tests;

/// <summary>The drop-in command lines; where Debian has the original, it is the oracle.</summary>
public sealed class ToolsOfAosp : IDisposable
{
    private readonly TestFolder _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [FactWith("mkbootimg")]
    public void Mkbootimg_makes_what_mkbootimg_makes()
    {
        var kernel = _scratch.Write("kernel", Kernel());
        var ramdisk = _scratch.Write("ramdisk", [1, 2, 3]);
        var dtb = _scratch.Write("dtb", new byte[5000]);
        foreach (var version in new[] { "0", "1", "2" })
        {
            foreach (var pageSize in new[] { "2048", "4096", "16384" })
            {
                string[] arguments =
                [
                    "--kernel", kernel, "--ramdisk", ramdisk, "--second", ramdisk, .. version == "2" ? new[] { "--dtb", dtb } : [],
                    "--cmdline=console=ttyAMA0 a=\"b c\"",
                    "--base", "0x80000000", "--kernel_offset", "0x00080000", "--ramdisk_offset", "0x02000000", "--tags_offset",
                    "0x00000200", "--os_version", "13.0.0",
                    "--os_patch_level", "2023-07", "--board", "virt", "--pagesize", pageSize, "--header_version", version,
                ];
                Oracle.Text(".", "mkbootimg", [.. arguments, "-o", _scratch["theirs.img"]]);
                var run = CommandRun.Of(["mkbootimg", .. arguments, "-o", _scratch["ours.img"], "--id"]);

                run.ExitCode.ShouldBe(0, run.Errors);
                File.ReadAllBytes(_scratch["ours.img"]).ShouldBe(File.ReadAllBytes(_scratch["theirs.img"]));
                run.Output.Trim().ShouldBe(Oracle.Text(".", "mkbootimg", [.. arguments, "--id", "-o", _scratch["theirs.img"]]).Trim());
            }
        }
    }

    [FactWith("unpack_bootimg")]
    public void Unpack_bootimg_writes_the_files_that_unpack_bootimg_writes()
    {
        foreach (uint version in (uint[])[0, 1, 2, 3])
        {
            var image = _scratch.Write("boot.img", Image(version).ToArray());
            Oracle.Text(".", "unpack_bootimg", "--boot_img", image, "--out", _scratch[$"theirs{version}"]);
            CommandRun.Of("unpack_bootimg", "--boot_img", image, "--out", _scratch[$"ours{version}"]).ExitCode.ShouldBe(0);

            var names = Directory.GetFiles(_scratch[$"theirs{version}"]).Select(Path.GetFileName).Order().ToArray();
            Directory.GetFiles(_scratch[$"ours{version}"]).Select(Path.GetFileName).Order().ShouldBe(names);
            foreach (var name in names)
            {
                File.ReadAllBytes(_scratch[$"ours{version}/{name}"]).ShouldBe(File.ReadAllBytes(_scratch[$"theirs{version}/{name}"]));
            }
        }
    }

    [Theory]
    [InlineData("2")]
    [InlineData("4")]
    public void What_unpack_bootimg_says_for_mkbootimg_makes_the_same_image(string version)
    {
        var bytes = Image(uint.Parse(version, System.Globalization.CultureInfo.InvariantCulture)).ToArray();
        var run = CommandRun.Of(
            "unpack_bootimg", "--boot_img", _scratch.Write("boot.img", bytes), "--out", _scratch["out"], "--format=mkbootimg", "-0");

        CommandRun
            .Of(["mkbootimg", .. run.Output[..^1].Split('\0'), "--output", _scratch["again.img"]]).ExitCode
            .ShouldBe(0);

        File.ReadAllBytes(_scratch["again.img"]).ShouldBe(bytes);
    }

    [Fact]
    public void Vendor_boot_with_fragments_goes_through_both_tools()
    {
        var run = CommandRun.Of(
            "mkbootimg", "--header_version", "4", "--vendor_boot", _scratch["vendor_boot.img"], "--vendor_cmdline", "a=b", "--pagesize",
            "4096",
            "--vendor_ramdisk", _scratch.Write("r0", [1, 2, 3]), "--ramdisk_type", "dlkm", "--ramdisk_name", "modules", "--board_id0",
            "0x12345678",
            "--vendor_ramdisk_fragment", _scratch.Write("r1", [4, 5]), "--dtb", _scratch.Write("dtb", [6]), "--vendor_bootconfig",
            _scratch.Write("config", "x=y\n"u8.ToArray()));
        run.ExitCode.ShouldBe(0, run.Errors);
        var bytes = File.ReadAllBytes(_scratch["vendor_boot.img"]);

        var unpacked = CommandRun.Of(
            "unpack_bootimg", "--boot_img", _scratch["vendor_boot.img"], "--out", _scratch["out"], "--format", "mkbootimg", "--null");
        File.ReadAllBytes(_scratch["out/vendor_ramdisk01"]).ShouldBe([4, 5]);
        CommandRun.Of(["mkbootimg", .. unpacked.Output[..^1].Split('\0'), "--vendor_boot", _scratch["again.img"]]).ExitCode.ShouldBe(0);

        File.ReadAllBytes(_scratch["again.img"]).ShouldBe(bytes);
    }

    [FactWith("openssl")]
    public void Avbtool_signs_erases_and_signs_again_the_same()
    {
        var key = Key();
        var bare = Image(4).ToArray();
        var image = _scratch.Write("boot.img", bare);
        string[] sign =
        [
            "avbtool", "add_hash_footer", "--image", image, "--partition_size", "1048576", "--partition_name", "boot", "--salt", "d00df00d",
            "--algorithm", "SHA256_RSA2048",
            "--key", key, "--prop", "a:b", "--rollback_index", "3", "--flags", "0", "--internal_release_string", "test 1",
        ];
        CommandRun.Of(sign).ExitCode.ShouldBe(0);
        var signed = File.ReadAllBytes(_scratch["boot.img"]);
        signed.Length.ShouldBe(1048576);
        CommandRun.Of("boot", "verify", image).ExitCode.ShouldBe(0);

        CommandRun.Of(sign).ExitCode.ShouldBe(0);
        File.ReadAllBytes(_scratch["boot.img"]).ShouldBe(signed);
        CommandRun.Of("avbtool", "erase_footer", "--image", image).ExitCode.ShouldBe(0);
        File.ReadAllBytes(_scratch["boot.img"]).ShouldBe(bare);
        CommandRun.Of(sign);

        var info = CommandRun.Of("avbtool", "info_image", "--image", image).Output;
        info.ShouldContain("Algorithm:                SHA256_RSA2048\n");
        info.ShouldContain("Original image size:      " + bare.Length + " bytes\n");
        info.ShouldContain("    Prop: a -> 'b'\n");
        info.ShouldContain("      Partition Name:        boot\n");
        CommandRun.Of("avbtool", "resize_image", "--image", image, "--partition_size", "2097152").ExitCode.ShouldBe(0);
        CommandRun.Of("avbtool", "verify_image", "--image", image).ExitCode.ShouldBe(0);
    }

    [Fact]
    public void A_salt_that_is_not_given_is_random_and_as_long_as_the_digest()
    {
        var salts = new HashSet<string>();
        foreach (var name in new[] { "a.img", "b.img" })
        {
            var image = _scratch.Write(name, Image(4).ToArray());
            CommandRun
                .Of(
                    "avbtool", "add_hash_footer", "--image", image, "--dynamic_partition_size", "--partition_name", "boot",
                    "--hash_algorithm", "sha512").ExitCode
                .ShouldBe(0);
            var line = CommandRun.Of("avbtool", "info_image", "--image", image).Output
                .Split('\n')
                .Single(l => l.Contains("Salt:", StringComparison.Ordinal));
            salts.Add(line.Split(' ')[^1]);
        }

        salts.Count.ShouldBe(2);
        salts.ShouldAllBe(salt => salt.Length == 128);
    }

    [FactWith("openssl")]
    public void A_vbmeta_image_includes_and_chains()
    {
        var key = Key();
        CommandRun.Of("avbtool", "extract_public_key", "--key", key, "--output", _scratch["key.bin"]).ExitCode.ShouldBe(0);
        var image = _scratch.Write("boot.img", Image(4).ToArray());
        CommandRun
            .Of("avbtool", "add_hash_footer", "--image", image, "--dynamic_partition_size", "--partition_name", "boot").ExitCode
            .ShouldBe(0);

        var run = CommandRun.Of(
            "avbtool", "make_vbmeta_image", "--output", _scratch["vbmeta.img"], "--algorithm", "SHA512_RSA2048", "--key", key,
            "--include_descriptors_from_image", image,
            "--chain_partition", "vbmeta_system:1:" + _scratch["key.bin"], "--padding_size", "4096");

        run.ExitCode.ShouldBe(0, run.Errors);
        File.ReadAllBytes(_scratch["vbmeta.img"]).Length.ShouldBe(4096);
        CommandRun.Of("avb", "verify", _scratch["vbmeta.img"], image).Output.ShouldContain("matches: boot");

        // what the file is called does not matter where its metadata says what it is
        CommandRun
            .Of("avb", "verify", _scratch["vbmeta.img"], _scratch.Write("of-my-phone", File.ReadAllBytes(image))).Output
            .ShouldContain("matches: boot");
        var kernel = Kernel();
        kernel[5] ^= 1;
        CommandRun
            .Of(
                "boot", "set", image, "--kernel", _scratch.Write("Image", kernel), "--vbmeta", _scratch["vbmeta.img"], "--vbmeta-key",
                key, "--in-place").ExitCode
            .ShouldBe(0);
        var verified = CommandRun.Of("avb", "verify", "--key", _scratch["key.bin"], _scratch["vbmeta.img"]);
        verified.Output.ShouldContain("SHA512_RSA2048, valid");
        CommandRun.Of("avb", "verify", _scratch["vbmeta.img"], image).ExitCode.ShouldBe(0);
    }

    [FactWith("openssl")]
    public void A_certified_image_has_its_certificate_and_loses_it_with_its_kernel()
    {
        var image = _scratch.Write("boot.img", Image(4).ToArray());
        CommandRun
            .Of("certify_bootimg", "--boot_img", image, "--algorithm", "SHA256_RSA2048", "--key", Key(), "-o", _scratch["gki.img"]).ExitCode
            .ShouldBe(0);
        CommandRun.Of("boot", "verify", _scratch["gki.img"]).ExitCode.ShouldBe(0);
        CommandRun.Of("boot", "regions", _scratch["gki.img"]).Output.ShouldContain("gki_certificate");
        var kernel = Kernel();
        kernel[5] ^= 1;

        CommandRun
            .Of("boot", "set", _scratch["gki.img"], "--kernel", _scratch.Write("Image", kernel), "--in-place").Output
            .ShouldContain("certificate of the generic kernel was removed");

        CommandRun.Of("boot", "verify", _scratch["gki.img"]).ExitCode.ShouldBe(0);
    }

    [Fact]
    public void Mkdtboimg_makes_dumps_and_shares()
    {
        var first = _scratch.Write("a.dtbo", [1, 2, 3]);
        var second = _scratch.Write("b.dtbo", [4, 5]);
        CommandRun
            .Of(
                "mkdtboimg", "create", _scratch["dtbo.img"], "--page_size=4096", "--id=0x10", first, "--rev=0x2", second, "--id=3",
                "--custom0=7", first).ExitCode
            .ShouldBe(0);

        var dtbo = DtboImage.Read(File.ReadAllBytes(_scratch["dtbo.img"]));
        dtbo.PageSize.ShouldBe(4096u);
        dtbo.Entries
            .Select(e => (e.Id, e.Revision, e.Custom[0], e.Offset))
            .ShouldBe([(0x10u, 2u, 0u, 128u), (3u, 0u, 7u, 131u), (0x10u, 0u, 0u, 128u)]);
        CommandRun.Of("mkdtboimg", "dump", _scratch["dtbo.img"], "-b", _scratch["out"]).Output.ShouldContain("      dt_entry_count = 3");
        File.ReadAllBytes(_scratch["out.1"]).ShouldBe([4, 5]);

        CommandRun.Of("dtbo", "unpack", _scratch["dtbo.img"], "-o", _scratch["folder"]).ExitCode.ShouldBe(0);
        CommandRun.Of("dtbo", "pack", _scratch["folder"], "-o", _scratch["again.img"]).ExitCode.ShouldBe(0);
        File.ReadAllBytes(_scratch["again.img"]).ShouldBe(File.ReadAllBytes(_scratch["dtbo.img"]));

        _scratch.Write("config", Encoding.UTF8.GetBytes("id=0x10\na.dtbo\n  rev=2\n# comment\nb.dtbo\n  id=3\n"));
        CommandRun
            .Of("mkdtboimg", "cfg_create", _scratch["cfg.img"], _scratch["config"], "-d", Path.GetDirectoryName(first)!).ExitCode
            .ShouldBe(0);
        DtboImage.Read(File.ReadAllBytes(_scratch["cfg.img"])).Entries.Select(e => (e.Id, e.Revision)).ShouldBe([(0x10u, 2u), (3u, 0u)]);
    }

    [Theory]
    [InlineData("mkbootimg --nonsense x")]
    [InlineData("mkbootimg --kernel")]
    [InlineData("mkbootimg")]
    [InlineData("avbtool")]
    [InlineData("avbtool info_image")]
    [InlineData("mkdtboimg create")]
    [InlineData("unpack_bootimg")]
    public void A_wrong_command_line_is_exit_code_2(string line)
    {
        var run = CommandRun.Of(line.Split(' '));

        run.ExitCode.ShouldBe(2);
        run.Errors.ShouldContain("KB9010");
    }

    private string Key()
    {
        var path = _scratch["key.pem"];
        Oracle.Text(".", "openssl", "genrsa", "-out", path, "2048");
        return path;
    }
}
