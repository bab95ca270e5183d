using System.Text.Json;
using KernelBuild.BootImages.Boot;
using KernelBuild.Compression.Codecs;
using static KernelBuild.Cli.Tests.SampleImages;

namespace KernelBuild.Cli.Tests;

public sealed class BootEdits : IDisposable
{
    private readonly TestFolder _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void A_kernel_is_set_in_place_and_the_image_verifies()
    {
        var image = _scratch.Write("boot.img", Image(2).ToArray());
        var kernel = Kernel();
        kernel[77_777] ^= 1;

        var run = CommandRun.Of("boot", "set", image, "--kernel", _scratch.Write("Image", kernel), "--in-place");

        run.ExitCode.ShouldBe(0, run.Errors);
        run.Output.ShouldContain("read back and verified");
        CommandRun.Of("boot", "verify", image).ExitCode.ShouldBe(0);
        Decompressor.TryDecompress(BootImage.Read(File.ReadAllBytes(_scratch["boot.img"])).Kernel, out var data, out _).ShouldBeTrue();
        data!.Format.ShouldBe(CompressionFormat.Gzip);
        data.Content.ToArray().ShouldBe(kernel);
        File.ReadAllBytes(image + ".stock").ShouldBe(Image(2).ToArray());
        Directory.GetFiles(Path.GetDirectoryName(image)!).Length.ShouldBe(3);
    }

    [Fact]
    public void A_set_that_fails_leaves_the_image_untouched()
    {
        var bytes = Image(4).ToArray();
        var image = _scratch.Write("boot.img", bytes);

        var run = CommandRun.Of(
            "boot", "set", image, "--kernel", _scratch.Write("Image", Kernel()), "--kernel-compression", "none", "--partition-size",
            "50000", "--in-place");

        run.ExitCode.ShouldBe(1);
        run.Errors.ShouldContain("KB5025");
        File.ReadAllBytes(_scratch["boot.img"]).ShouldBe(bytes);
        Directory.GetFiles(Path.GetDirectoryName(image)!).Length.ShouldBe(2);
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(2u)]
    [InlineData(4u)]
    public void An_image_unpacked_and_packed_is_the_same_and_strays_are_not_packed(uint version)
    {
        var bytes = Image(version).ToArray();
        var image = _scratch.Write("boot.img", bytes);
        foreach (var options in new[] { Array.Empty<string>(), ["--decompress"] })
        {
            CommandRun.Of(["boot", "unpack", image, "-o", _scratch["unpacked"], .. options]).ExitCode.ShouldBe(0);
            File.WriteAllText(_scratch["unpacked/dtb.bak"], "stray");

            CommandRun.Of("boot", "pack", _scratch["unpacked"], "-o", _scratch["new.img"]).ExitCode.ShouldBe(0);

            File.ReadAllBytes(_scratch["new.img"]).ShouldBe(bytes);
        }
    }

    [Fact]
    public void A_file_that_was_changed_is_packed()
    {
        var image = _scratch.Write("boot.img", Image(4).ToArray());
        CommandRun.Of("boot", "unpack", image, "-o", _scratch["unpacked"]);
        File.WriteAllText(_scratch["unpacked/cmdline.txt"], "quiet\n");

        var run = CommandRun.Of("boot", "pack", _scratch["unpacked"], "-o", _scratch["new.img"], "--json");

        run.ExitCode.ShouldBe(0, run.Errors);
        BootImage.Read(File.ReadAllBytes(_scratch["new.img"])).CommandLine.ShouldBe("quiet");
        using var document = JsonDocument.Parse(run.Output);
        document.RootElement.GetProperty("changes").EnumerateArray().Select(c => c.GetProperty("name").GetString()).ShouldBe(["header"]);
    }

    [Fact]
    public void Regions_add_up_and_are_a_plain_array()
    {
        var bytes = Image(2).ToArray();

        using var document = JsonDocument.Parse(CommandRun.Of("boot", "regions", "--json", _scratch.Write("boot.img", bytes)).Output);

        document.RootElement.EnumerateArray().Sum(r => r.GetProperty("size").GetInt64()).ShouldBe(bytes.Length);
        document.RootElement[0].GetProperty("name").GetString().ShouldBe("header");
        document.RootElement[0].GetProperty("offset").GetInt64().ShouldBe(0);
    }

    [Fact]
    public void A_difference_is_named_and_says_whether_it_can_be_flashed()
    {
        var stock = _scratch.Write("stock.img", Image(4).ToArray());
        var other = _scratch.Write("other.img", Image(3).ToArray());

        CommandRun.Of("boot", "diff", stock, stock).Output.ShouldContain("the images are the same");
        var run = CommandRun.Of("boot", "diff", stock, other);
        run.ExitCode.ShouldBe(1);
        run.Output.ShouldContain("the header version is 3, and the stock image's 4");
        run.Output.ShouldContain("do not flash it");
    }

    [Fact]
    public void A_truncated_image_is_no_success()
    {
        var cut = _scratch.Write("cut.img", Image(2).ToArray()[..5000]);

        CommandRun.Of("boot", "verify", cut).ExitCode.ShouldBe(1);
        CommandRun.Of("boot", "regions", cut).ExitCode.ShouldBe(1);
        CommandRun.Of("boot", "set", cut, "--cmdline", "x").ExitCode.ShouldBe(1);
        CommandRun.Of("unpack_bootimg", "--boot_img", cut, "--out", _scratch["out"]).ExitCode.ShouldBe(1);
        CommandRun.Of("boot", "verify", _scratch["missing.img"]).ExitCode.ShouldBe(2);
        CommandRun.Of("boot", "set", cut, "--kernel", _scratch["missing"]).ExitCode.ShouldBe(1);
    }

    [Fact]
    public void An_image_cut_behind_its_AVB_metadata_is_no_success()
    {
        var image = _scratch.Write("boot.img", Image(4).ToArray());
        CommandRun
            .Of("avbtool", "add_hash_footer", "--image", image, "--partition_size", "1048576", "--partition_name", "boot").ExitCode
            .ShouldBe(0);
        var cut = _scratch.Write("cut.img", File.ReadAllBytes(image)[..^4096]);

        var verified = CommandRun.Of("boot", "verify", cut);
        verified.ExitCode.ShouldBe(1);
        verified.Output.ShouldContain("KB5016");
    }

    [Fact]
    public void A_device_is_never_replaced_by_a_file()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var image = _scratch.Write("boot.img", Image(4).ToArray());

        CommandRun.Of("boot", "set", image, "--cmdline", "x", "-o", "/dev/kernelbuild-test").ExitCode.ShouldBe(2);
        File.Exists("/dev/kernelbuild-test").ShouldBeFalse();
    }
}
