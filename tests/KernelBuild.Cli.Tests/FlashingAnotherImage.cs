using KernelBuild.DeviceTrees.Tree;

namespace KernelBuild.Cli.Tests;

/// <summary>What <c>boot diff</c> says of an image that is to take a stock image's place, field by field.</summary>
public sealed class FlashingAnotherImage : IDisposable
{
    private readonly FieldFolder _folder = new();

    public FlashingAnotherImage()
    {
        var target = new DeviceTreeProperty("target-path", "/soc\0"u8.ToArray());
        var overlay = new DeviceTreeNode("__overlay__") { Properties = [new("status", "okay\0"u8.ToArray())] };
        var fragment = new DeviceTreeNode("fragment@0") { Properties = [target], Children = [overlay] };
        _folder.Write("new.dtbo", new DeviceTree { Root = new DeviceTreeNode("") { Children = [fragment] } }.ToArray());
        var board = new DeviceTreeProperty("compatible", "x,board\0"u8.ToArray());
        _folder.Write("new.dtb", new DeviceTree { Root = new DeviceTreeNode("") { Properties = [board] } }.ToArray());
    }

    private const string Boot = "mkbootimg --header_version 2 --kernel kernel-new --ramdisk small.cpio --dtb board.dtb ";

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("--base 0x40000000", "the load address of the kernel is 0x40008000, and the stock image's 0x10008000", 0)]
    [InlineData("--ramdisk_offset 0x2000000", "the load address of the ramdisk is 0x12000000", 0)]
    [InlineData("--dtb_offset 0x2000000", "the load address of the device tree is 0x12000000", 0)]
    [InlineData("--pagesize 4096", "the page size is 4096, and the stock image's 2048", 0)]
    [InlineData("--dtb new.dtbo", "the dtb section holds an overlay", 1)]
    [InlineData("--ramdisk ", "the new image has no ramdisk", 0)]
    [InlineData("", null, 0)]
    public void A_boot_image_is_compared_field_by_field(string option, string? finding, int exitCode)
    {
        _folder.Run(Boot + "-o new-stock.img").ExitCode.ShouldBe(0);
        var words = Boot.TrimEnd().Split(' ').ToList();
        if (option == "--ramdisk ")
        {
            words.RemoveRange(words.IndexOf("--ramdisk"), 2);
            option = "";
        }

        _folder.Run($"{string.Join(' ', words)} {option} -o new-other.img".Replace("  ", " ", StringComparison.Ordinal)).ExitCode.ShouldBe(0);
        var diff = _folder.Run("boot diff new-stock.img new-other.img");
        diff.ExitCode.ShouldBe(exitCode, diff.Output);
        if (finding is null)
        {
            diff.Output.ShouldContain("the images are the same");
        }
        else
        {
            diff.Output.ShouldContain(finding);
            diff.Output.ShouldNotContain("load address of the second");
        }
    }

    [Theory]
    [InlineData("boot fragment rename new-stock.img b other", "the ramdisk fragment 'b' is called 'other'")]
    [InlineData("boot fragment type new-stock.img b none", "the ramdisk fragment 'b' is of the type none, and the stock image's of dlkm")]
    [InlineData("boot fragment rm new-stock.img b", "the ramdisk fragment 'b' (dlkm) is not in the new image")]
    [InlineData("boot bootconfig set new-stock.img androidboot.hardware=other", "the bootconfig says androidboot.hardware=other")]
    [InlineData("boot bootconfig rm new-stock.img androidboot.hardware", "the bootconfig has no androidboot.hardware")]
    [InlineData("boot bootconfig set new-stock.img androidboot.more=1", null)]
    [InlineData("boot set new-stock.img --fragment b=small.gz --ramdisk-compression gzip", "the ramdisk 'b' is stored as gzip")]
    public void A_vendor_boot_image_is_compared_by_what_is_taken_out_of_it(string edit, string? finding)
    {
        _folder.Write("new.config", "androidboot.hardware=board\nandroidboot.mode=normal\n"u8.ToArray());
        _folder.Run(
            "mkbootimg --header_version 4 --vendor_boot new-stock.img --vendor_ramdisk small.cpio --ramdisk_type dlkm --ramdisk_name b "
            + "--vendor_ramdisk_fragment small.cpio --dtb board.dtb --vendor_bootconfig new.config").ExitCode.ShouldBe(0);
        File.Copy(_folder["small.cpio"], _folder["new-small"]);
        using (var gzip = new System.IO.Compression.GZipStream(
            File.Create(_folder["small.gz"]), System.IO.Compression.CompressionLevel.Optimal))
        {
            gzip.Write(_folder.Bytes("small.cpio"));
        }

        var words = edit.Split(' ').Select(word => word == "b=small.gz" ? "b=" + _folder["small.gz"]
            : word == "new-stock.img" ? _folder[word] : word);
        var run = CommandRun.Of([.. words, "-o", _folder["new-other.img"]]);
        run.ExitCode.ShouldBe(0, run.Errors);
        var diff = _folder.Run("boot diff new-stock.img new-other.img");
        if (finding is null)
        {
            diff.Output.ShouldNotContain("warning");
        }
        else
        {
            diff.Output.ShouldContain(finding);
        }
    }

    [Fact]
    public void Overlays_and_trees_do_not_take_each_others_place()
    {
        _folder.Run("mkdtboimg create new-stock.img new.dtbo --id=1 new.dtbo --id=2").ExitCode.ShouldBe(0);
        var run = _folder.Run("dtbo set new-stock.img 0 --tree new.dtb -o new-other.img");
        run.ExitCode.ShouldBe(1);
        run.Errors.ShouldContain("the new tree is none");
        _folder.Run("dtbo set new-stock.img 0 --id 7 -o new-other.img").ExitCode.ShouldBe(0);
        _folder.Run("boot diff new-stock.img new-other.img").Output.ShouldContain("no entry of the new image is chosen as entry 0 of the stock");
        _folder.Run("dtbo set new-stock.img 0 --tree new.dtbo -o new-same.img").ExitCode.ShouldBe(0);
        run = _folder.Run("boot set v2-dtb.img --dtb new.dtbo -o new-other2.img");
        run.ExitCode.ShouldBe(1);
        run.Errors.ShouldContain("holds an overlay");
        _folder.Run("boot set v2-dtb.img --dtb new.dtb -o new-other2.img").ExitCode.ShouldBe(0);
        _folder.Run("boot verify new-other2.img").Output.ShouldNotContain("overlay");
    }

    [Fact]
    public void A_file_given_as_vbmeta_is_one_and_goes_into_a_file_of_its_own()
    {
        foreach (var file in (string[])["hello.txt", "boot.img"])
        {
            var run = _folder.Run($"boot set boot.img --cmdline z --key chain.pem --vbmeta {file} -o new.img --vbmeta-output new2.img");
            run.ExitCode.ShouldBe(1);
            run.Errors.ShouldContain("is no vbmeta image");
            run.Errors.ShouldContain("give vbmeta.img");
        }

        var one = _folder.Run("boot set boot.img --cmdline z --key chain.pem --vbmeta vbmeta.img -o new.img --vbmeta-output new.img");
        one.ExitCode.ShouldBe(2);
        one.Errors.ShouldContain("into one file");
        File.Exists(_folder["new.img"]).ShouldBeFalse();
    }

    [Fact]
    public void A_vbmeta_image_gets_the_size_of_its_partition_or_does_not_fit()
    {
        _folder.Run("avb sign vbmeta.img --key root.pem --partition-size 65536 -o new.img").ExitCode.ShouldBe(0);
        _folder.Bytes("new.img").Length.ShouldBe(65536);
        _folder.Run("avb verify new.img boot.img vendor_boot.img --key root.pem").ExitCode.ShouldBe(0);
        foreach (var size in (string[])["100", "9223372036854775807"])
        {
            var run = _folder.Run($"avb sign vbmeta.img --key root.pem --partition-size {size} -o new2.img");
            run.ExitCode.ShouldBe(1);
            run.Errors.ShouldContain("KB5025");
            File.Exists(_folder["new2.img"]).ShouldBeFalse();
        }

        // the vendor's trailer, which ends 8458 bytes into the file, is not cut
        _folder.Run("avb sign vbmeta-with-vendor-trailer.img --key root.pem --partition-size 8192 -o new2.img").ExitCode.ShouldBe(1);
    }
}
