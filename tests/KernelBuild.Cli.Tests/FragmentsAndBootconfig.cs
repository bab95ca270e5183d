namespace KernelBuild.Cli.Tests;

/// <summary>vendor_boot images: fragments and the bootconfig, piece by piece.</summary>
public sealed class FragmentsAndBootconfig : IDisposable
{
    private readonly FieldFolder _folder = new();

    public FragmentsAndBootconfig()
    {
        _folder.Write("one.cpio", _folder.Bytes("small.cpio"));
        _folder.Write("text", "androidboot.a=1\n# comment\nandroidboot.list = \"x\", \"y\"\nandroidboot {\n  b = 2\n}\n"u8.ToArray());
        Done(
            "mkbootimg --header_version 4 --vendor_boot new-vendor.img --pagesize 4096 --vendor_ramdisk one.cpio --ramdisk_type recovery "
            + "--ramdisk_name recovery --board_id1 7 --vendor_ramdisk_fragment kernel-new --dtb board.dtb --vendor_bootconfig text");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_fragment_is_added_renamed_given_a_type_and_taken_away_again()
    {
        Done("boot fragment add new-vendor.img dlkm one.cpio --type dlkm --board-id 1,2 -o new-a.img");
        var info = Unpacked("new-a.img");
        info.ShouldContain("name: dlkm");
        info.ShouldContain("0x00000001, 0x00000002, 0x00000000, 0x00000000,");
        File.ReadAllBytes(_folder["new-out/vendor_ramdisk02"]).ShouldBe(_folder.Bytes("one.cpio"));
        File.ReadAllBytes(_folder["new-out/vendor_ramdisk01"]).ShouldBe(_folder.Bytes("kernel-new"));
        info.ShouldContain("0x00000000, 0x00000007,");

        Done("boot fragment rename new-a.img dlkm modules -o new-b.img");
        Done("boot fragment type new-b.img modules platform -o new-c.img");
        Unpacked("new-c.img").ShouldContain("type: 0x1\n        name: modules");
        Done("boot fragment rm new-c.img modules -o new-d.img");
        _folder.Bytes("new-d.img").ShouldBe(_folder.Bytes("new-vendor.img"));
        Done("boot fragment rm new-d.img 0 -o new-e.img");
        Unpacked("new-e.img").ShouldContain("vendor_ramdisk00: {\n        size: 65536");
    }

    [Theory]
    [InlineData("add new-vendor.img recovery one.cpio", "KB5026")]
    [InlineData("add new-vendor.img default one.cpio", "KB5007")]
    [InlineData("add new-vendor.img aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa one.cpio", "KB5007")]
    [InlineData("rm new-vendor.img nothing", "KB5031")]
    [InlineData("rm boot.img 0", "KB5031")]
    [InlineData("type new-vendor.img recovery other", "KB9010")]
    public void What_cannot_be_is_refused(string line, string code)
    {
        var run = _folder.Run($"boot fragment {line} -o new-x.img");
        run.ExitCode.ShouldBeGreaterThan(0);
        run.Errors.ShouldContain(code);
        File.Exists(_folder["new-x.img"]).ShouldBeFalse();
    }

    [Fact]
    public void Keys_of_a_bootconfig_are_shown_set_and_removed_and_the_rest_stays()
    {
        _folder.Run("boot bootconfig show new-vendor.img").Output.ReplaceLineEndings("\n").ShouldBe(
            "androidboot.a = 1\nandroidboot.list = \"x\", \"y\"\nandroidboot.b = 2\n");
        Done("boot bootconfig set new-vendor.img androidboot.b=3 androidboot.new=x androidboot.a=4 -o new-a.img");
        Bootconfig("new-a.img").ShouldBe(
            "androidboot.a=4\n# comment\nandroidboot.list = \"x\", \"y\"\nandroidboot {\n  b = 3\n}\nandroidboot.new=x\n");
        Done("boot bootconfig rm new-a.img androidboot.list androidboot.b androidboot.new -o new-b.img");
        Bootconfig("new-b.img").ShouldBe("androidboot.a=4\n# comment\nandroidboot {\n}\n");
        CommandRun.Of("boot", "bootconfig", "set", _folder["new-b.img"], "androidboot.q=a b;c", "-o", _folder["new-c.img"]).ExitCode.ShouldBe(0);
        Bootconfig("new-c.img").ShouldEndWith("androidboot.q=\"a b;c\"\n");
        _folder.Run("boot bootconfig show new-c.img").Output.ShouldContain("androidboot.q = a b;c");
    }

    [Fact]
    public void A_bootconfig_that_is_not_there_or_broken_is_a_finding()
    {
        _folder.Run("boot bootconfig show boot.img").Errors.ShouldContain("KB5031");
        _folder.Run("boot bootconfig rm new-vendor.img nothing -o new-x.img").Errors.ShouldContain("KB5031");
        _folder.Write("text", "a {\n b = \"1\n"u8.ToArray());
        Done("boot set new-vendor.img --bootconfig text -o new-y.img");
        _folder.Run("boot bootconfig show new-y.img").Errors.ShouldContain("KB5031");
    }

    private string Unpacked(string image)
    {
        var run = CommandRun.Of("unpack_bootimg", "--boot_img", _folder[image], "--out", _folder["new-out"]);
        run.ExitCode.ShouldBe(0, run.Errors);
        return run.Output;
    }

    private string Bootconfig(string image)
    {
        Unpacked(image);
        return File.ReadAllText(_folder["new-out/bootconfig"]);
    }

    private void Done(string line)
    {
        var run = _folder.Run(line);
        run.ExitCode.ShouldBe(0, run.Errors);
    }
}
