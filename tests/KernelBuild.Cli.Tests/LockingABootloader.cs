namespace KernelBuild.Cli.Tests;

/// <summary>May the bootloader be locked with a set of images? What libavb would refuse is no.</summary>
public sealed class LockingABootloader : IDisposable
{
    private readonly FieldFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_whole_set_that_is_signed_with_the_devices_key_may_be_locked()
    {
        var run = _folder.Run("avb lock-check vbmeta.img boot.img vendor_boot.img --key root.pem");
        run.ExitCode.ShouldBe(0, run.Output);
        run.Output.ShouldContain("may be locked");
        run.Output.ShouldContain("chain in vbmeta");
        _folder.Run("avb lock-check vbmeta.img boot.img vendor_boot.img --key root.pem --json").Output.ShouldContain("\"mayLock\": true");
    }

    [Theory]
    [InlineData("vbmeta.img boot.img vendor_boot.img", "which key the device trusts")]
    [InlineData("vbmeta.img boot.img vendor_boot.img --key other.pem", "KB5022")]
    [InlineData("vbmeta.img boot.img --key root.pem", "its image is not given")]
    [InlineData("boot.img vendor_boot.img --key chain.pem", "no structure that starts at boot names it")]
    [InlineData("vbmeta.img boot.img vendor_boot.img dtbo-v1-compressed.img --key root.pem", "names it")]
    [InlineData("vbmeta.img boot.img vendor_boot.img --key root.pem --stored-rollback 1:9999999999", "is below the device's 9999999999")]
    [InlineData("hello.txt --key root.pem", "is not given, or has no AVB metadata")]
    public void What_a_locked_bootloader_refuses_is_named(string line, string why)
    {
        var run = _folder.Run("avb lock-check " + line);
        run.ExitCode.ShouldBe(1);
        run.Output.ShouldContain("KB5044");
        run.Output.ShouldContain(why);
    }

    [Fact]
    public void A_damaged_chained_image_another_key_and_flags_are_no()
    {
        File.Copy(_folder["boot-corrupt.img"], _folder["boot.img"], overwrite: true);
        _folder.Run("avb lock-check vbmeta.img boot.img vendor_boot.img --key root.pem").Output.ShouldContain("bad");
        File.Copy(_folder["boot-other-key.img"], _folder["boot.img"], overwrite: true);
        _folder.Run("avb lock-check vbmeta.img boot.img vendor_boot.img --key root.pem").ExitCode.ShouldBe(1);
        _folder.Run("avb flags vbmeta.img --disable-verity --key root.pem -o new-vbmeta.img").ExitCode.ShouldBe(0);
        File.Move(_folder["new-vbmeta.img"], _folder["vbmeta.img"], overwrite: true);
        _folder.Run("avb lock-check vbmeta.img --key root.pem").Output.ShouldContain("switch verification off");
    }

    [Fact]
    public void The_root_may_be_called_otherwise_and_a_partition_may_be_named()
    {
        File.Copy(_folder["vbmeta.img"], _folder["new-root"]);
        File.Copy(_folder["boot.img"], _folder["new-patched_12345.img"]);
        var run = _folder.Run("avb lock-check new-root boot.img vendor_boot.img --key root.pem");
        run.ExitCode.ShouldBe(0, run.Output);
        var patched = _folder["new-patched_12345.img"];
        CommandRun.Of(
            "avb", "lock-check", "vbmeta=" + _folder["new-root"], "boot=" + patched, _folder["vendor_boot.img"], "--key", _folder["root.pem"])
            .ExitCode.ShouldBe(0);

        // of two images of one partition only one would be looked at
        run = _folder.Run("avb lock-check vbmeta.img boot.img boot-other-key.img vendor_boot.img --key root.pem");
        run.ExitCode.ShouldBe(2);
        run.Errors.ShouldContain("both images of the partition boot");
    }
}
