namespace KernelBuild.Cli.Tests;

/// <summary>Stock images are often the only copy: what is not asked for does not happen to them.</summary>
public sealed class NothingIsLost : IDisposable
{
    private readonly FieldFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("boot set boot.img --cmdline quiet")]
    [InlineData("avb sign boot.img --key chain.pem --rollback-index 7")]
    [InlineData("avb strip boot.img")]
    [InlineData("dtbo set dtbo-v1-compressed.img 0 --id 77")]
    public void A_command_writes_over_its_input_only_when_it_is_asked_to_and_keeps_a_copy_once(string command)
    {
        var image = command.Split(' ')[2];
        var before = _folder.Bytes(image);
        var run = _folder.Run(command);
        run.ExitCode.ShouldBe(2);
        run.Errors.ShouldContain("--in-place");
        _folder.Run($"{command} -o {image}").ExitCode.ShouldBe(2);
        _folder.Run($"{command} -o new.img --in-place").ExitCode.ShouldBe(2);
        _folder.Bytes(image).ShouldBe(before);
        File.Exists(_folder[image + ".stock"]).ShouldBeFalse();

        run = _folder.Run($"{command} -o new.img");
        run.ExitCode.ShouldBe(0, run.Errors);
        _folder.Bytes(image).ShouldBe(before);

        _folder.Run(command + " --in-place").ExitCode.ShouldBe(0);
        _folder.Bytes(image).ShouldBe(_folder.Bytes("new.img"));
        _folder.Bytes(image + ".stock").ShouldBe(before);
    }

    [Fact]
    public void The_copy_of_the_stock_image_is_not_replaced_by_a_later_edit()
    {
        var before = _folder.Bytes("arm64-boot-v0.img");
        _folder.Run("boot set arm64-boot-v0.img --cmdline first --in-place").ExitCode.ShouldBe(0);
        _folder.Run("boot set arm64-boot-v0.img --cmdline second --in-place").ExitCode.ShouldBe(0);
        _folder.Bytes("arm64-boot-v0.img.stock").ShouldBe(before);
    }

    /// <summary>A partition is read as the file that was flashed, and no file takes the place of its node.</summary>
    [Fact]
    public void A_block_device_is_read_like_a_file_and_not_written()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "losetup needs root");
        var (attached, output, errors) = Oracle.Try(_folder.Path, "losetup", "--find", "--show", _folder["boot.img"]);
        Assert.SkipWhen(attached != 0, "no loop device: " + errors);
        var device = output.Trim();
        try
        {
            var before = _folder.Bytes("boot.img");
            foreach (var command in (string[])["boot info", "boot regions", "boot verify", "avb info"])
            {
                var words = command.Split(' ');
                var ofFile = CommandRun.Of(words[0], words[1], _folder["boot.img"]);
                var ofDevice = CommandRun.Of(words[0], words[1], device);
                ofDevice.ExitCode.ShouldBe(ofFile.ExitCode, ofDevice.Errors);
                ofDevice.Output.Replace(device, _folder["boot.img"], StringComparison.Ordinal).ShouldBe(ofFile.Output);
            }

            CommandRun.Of("boot", "set", device, "--cmdline", "quiet", "-o", _folder["of-device.img"]).ExitCode.ShouldBe(0);
            CommandRun.Of("boot", "set", _folder["boot.img"], "--cmdline", "quiet", "-o", _folder["of-file.img"]).ExitCode.ShouldBe(0);
            _folder.Bytes("of-device.img").ShouldBe(_folder.Bytes("of-file.img"));
            CommandRun.Of("boot", "set", device, "--cmdline", "quiet", "--in-place").Errors.ShouldContain("KB9012");
            CommandRun.Of("boot", "set", _folder["boot.img"], "--cmdline", "quiet", "-o", device).Errors.ShouldContain("KB9012");
            _folder.Bytes("boot.img").ShouldBe(before);
        }
        finally
        {
            Oracle.Try(_folder.Path, "losetup", "--detach", device).ExitCode.ShouldBe(0);
        }
    }

    [Fact]
    public void The_target_of_a_symbolic_link_is_edited_and_the_link_stays()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var before = _folder.Bytes("arm64-boot-v0.img");
        Directory.CreateDirectory(_folder["links"]);
        File.CreateSymbolicLink(_folder["links/boot.img"], "../arm64-boot-v0.img");
        CommandRun.Of("boot", "set", _folder["links/boot.img"], "--cmdline", "quiet", "--in-place").ExitCode.ShouldBe(0);
        new FileInfo(_folder["links/boot.img"]).LinkTarget.ShouldBe("../arm64-boot-v0.img");
        _folder.Bytes("arm64-boot-v0.img").ShouldNotBe(before);
        _folder.Bytes("arm64-boot-v0.img.stock").ShouldBe(before);
        CommandRun.Of("boot", "set", _folder["arm64-boot-v0.img"], "--cmdline", "x", "-o", _folder["links/boot.img"]).ExitCode.ShouldBe(2);
    }

    [Fact]
    public void A_vbmeta_image_that_changes_is_written_where_it_is_said()
    {
        var (boot, vbmeta) = (_folder.Bytes("boot.img"), _folder.Bytes("vbmeta.img"));
        const string command = "boot set boot.img --kernel kernel-new --key other.pem --vbmeta vbmeta.img --vbmeta-key root.pem";
        var run = _folder.Run(command + " -o new.img");
        run.ExitCode.ShouldBe(2);
        run.Errors.ShouldContain("--vbmeta-output");
        File.Exists(_folder["new.img"]).ShouldBeFalse();
        run = _folder.Run(command + " -o new-boot.img --vbmeta-output new-vbmeta.img");
        run.ExitCode.ShouldBe(0, run.Errors);
        _folder.Bytes("boot.img").ShouldBe(boot);
        _folder.Bytes("vbmeta.img").ShouldBe(vbmeta);
        _folder.Run("avb verify new-vbmeta.img new-boot.img vendor_boot.img --key root.pem").ExitCode.ShouldBe(0);
    }

    [Theory]
    [InlineData("boot", "arm64-boot-v0.img", "cmdline.txt")]
    [InlineData("boot", "vendor_boot.img", "cmdline.txt")]
    [InlineData("dtbo", "dtbo-v1-compressed.img", "overlay_00.dtbo")]
    public void Edited_files_are_not_unpacked_over(string verb, string image, string file)
    {
        _folder.Run($"{verb} unpack {image} -o new-folder").ExitCode.ShouldBe(0);
        _folder.Run($"{verb} unpack {image} -o new-folder").ExitCode.ShouldBe(0);
        var path = Path.Combine(_folder["new-folder"], file);
        File.WriteAllText(path, "mine");
        var run = _folder.Run($"{verb} unpack {image} -o new-folder");
        run.ExitCode.ShouldBe(1);
        run.Errors.ShouldContain("error KB5040");
        File.ReadAllText(path).ShouldBe("mine");
        _folder.Run($"{verb} unpack {image} -o new-folder --force").ExitCode.ShouldBe(0);
        File.ReadAllText(path).ShouldNotBe("mine");
    }

    [Fact]
    public void Every_image_that_can_be_read_is_the_same_when_it_is_unpacked_and_packed()
    {
        var images = Directory.GetFiles(_folder.Path, "*.img").Select(Path.GetFileName).OfType<string>().ToArray();
        images.Length.ShouldBeGreaterThan(17);
        foreach (var image in images.Where(name => !name.Contains("vbmeta", StringComparison.Ordinal)))
        {
            var verb = image.StartsWith("dtbo", StringComparison.Ordinal) ? "dtbo" : "boot";
            foreach (var options in verb == "boot" ? (string[])["", " --decompress"] : [""])
            {
                var folder = $"new-{image}{options.Trim()}";
                var run = _folder.Run($"{verb} unpack {image} -o {folder}{options}");
                run.ExitCode.ShouldBe(0, image + run.Errors);
                run = _folder.Run($"{verb} pack {folder} -o new.img");
                run.ExitCode.ShouldBe(0, image + run.Errors);
                _folder.Bytes("new.img").ShouldBe(_folder.Bytes(image), image);
            }
        }
    }

    [Fact]
    public void What_is_wrong_with_an_image_that_is_packed_without_a_change_is_a_warning()
    {
        _folder.Run("boot unpack stale-id.img -o new-folder").ExitCode.ShouldBe(0);
        var run = _folder.Run("boot pack new-folder -o new.img");
        run.ExitCode.ShouldBe(0, run.Errors);
        run.Output.ShouldContain("warning KB5004");
    }

    [Fact]
    public void Metadata_that_no_footer_at_the_end_points_to_is_stripped_as_verify_tells_to()
    {
        _folder.Run("boot verify footer-inside-dump.img").Output.ShouldContain("strip");
        var run = _folder.Run("avb strip footer-inside-dump.img -o new.img");
        run.ExitCode.ShouldBe(0, run.Errors);
        var bytes = _folder.Bytes("new.img");
        bytes.ShouldBe(_folder.Bytes("footer-inside-dump.img")[..bytes.Length]);
        bytes.AsSpan().IndexOf("AVB0"u8).ShouldBe(-1);
        _folder.Run("boot verify new.img").ExitCode.ShouldBe(0);

        // and what is left of an image that was cut before its footer
        _folder.Write("new-cut.img", _folder.Bytes("footer-inside-dump.img")[..100000]);
        _folder.Run("avb strip new-cut.img -o new-cut-stripped.img").ExitCode.ShouldBe(0);
        _folder.Bytes("new-cut-stripped.img").ShouldBe(bytes);
        _folder.Run("avb strip new-cut-stripped.img -o new-again.img").ExitCode.ShouldBe(1);
    }

    /// <summary>An output that is another input of the command: an image, a kernel, a private key.</summary>
    [Theory]
    [InlineData("boot set boot.img --kernel kernel-new --key chain.pem -o chain.pem", "chain.pem")]
    [InlineData("boot set arm64-boot-v0.img --kernel kernel-new -o kernel-new", "kernel-new")]
    [InlineData("boot set boot.img --kernel kernel-new --key chain.pem --vbmeta vbmeta.img --vbmeta-output new-vbmeta.img -o vbmeta.img", "vbmeta.img")]
    [InlineData("avb make-vbmeta -o boot.img --key root.pem --include boot.img", "boot.img")]
    [InlineData("dt apply board.dtb overlay.dtbo -o board.dtb", "board.dtb")]
    public void What_is_read_is_not_written_over(string line, string file)
    {
        var before = _folder.Bytes(file);
        var run = _folder.Run(line);
        run.ExitCode.ShouldBe(2, run.Output + run.Errors);
        run.Errors.ShouldContain("KB9010");
        _folder.Bytes(file).ShouldBe(before);
    }

    /// <summary>The runtime takes the target of a link without a folder from the root of the file system.</summary>
    [Fact]
    public void A_link_that_is_named_without_a_folder_is_followed_where_it_is()
    {
        var kernelbuild = Path.Combine(AppContext.BaseDirectory, "KernelBuild.Cli.dll");
        File.CreateSymbolicLink(_folder["link.img"], "arm64-boot-v0.img");
        var before = _folder.Bytes("arm64-boot-v0.img");
        Oracle.Output("dotnet", [kernelbuild, "boot", "set", "link.img", "--cmdline", "zebra", "--in-place"], null, _folder.Path);
        _folder.Bytes("arm64-boot-v0.img").ShouldNotBe(before);
        _folder.Bytes("arm64-boot-v0.img.stock").ShouldBe(before);
        new FileInfo(_folder["link.img"]).LinkTarget.ShouldBe("arm64-boot-v0.img");
    }

    [Fact]
    public void A_file_of_a_ramdisk_is_not_replaced_by_a_folder()
    {
        var run = _folder.Run("boot ramdisk mkdir ramdisk-gzip-then-lz4.img first -o new.img");
        run.ExitCode.ShouldBe(1, run.Output + run.Errors);
        run.Errors.ShouldContain("KB5009");
    }
}
