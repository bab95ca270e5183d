namespace KernelBuild.Cli.Tests;

/// <summary>
/// Odd command lines of AOSP's tools, with what AOSP's own made of them (android-14.0.0_r29). Of mkbootimg the exit code is 2 for what its
/// parser refuses, 1 for what it finds out later.
/// </summary>
public sealed class CommandLinesOfDropIns : IDisposable
{
    private readonly FieldFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(0, "--header_version 3 --base 0xffffffff")]
    [InlineData(0, "--header_version 4 --base 0xffffffff")]
    [InlineData(1, "--header_version 0 --base 0xffffffff")]
    [InlineData(0, "--header_version 0 --second_offset 0xffffffff")]
    [InlineData(1, "--header_version 0 --ramdisk small.cpio --ramdisk_offset 0xffffffff")]
    [InlineData(0, "--header_version 0 --ramdisk_offset 0xffffffff")]
    [InlineData(1, "--header_version 0 --kernel_offset 0x1ffffffff")]
    [InlineData(1, "--header_version 0 --tags_offset 0xffffffff")]
    [InlineData(0, "--header_version 2 --dtb board.dtb --dtb_offset 0xffffffff")]
    [InlineData(1, "--header_version 2 --dtb board.dtb --dtb_offset 0xffffffffffffffff")]
    [InlineData(0, "--header_version 0 --base -1")]
    [InlineData(1, "--header_version 0 --base -0x8001")]
    [InlineData(2, "--header_version 0 --base 010")]
    [InlineData(0, "--header_version 0 --base 00")]
    [InlineData(0, "--header_version 0 --base 0o10")]
    [InlineData(0, "--header_version 0 --base 0b1_0")]
    [InlineData(0, "--header_version 0 --base 0x_1")]
    [InlineData(2, "--header_version 0 --base 1__0")]
    [InlineData(2, "--header_version 0 --base _1")]
    [InlineData(2, "--header_version 0 --base 1_")]
    [InlineData(2, "--header_version 0 --base x")]
    [InlineData(2, "--header_version 3 --board 17:b")]
    [InlineData(2, "--header_version 0 --board 16:b")]
    [InlineData(0, "--header_version 0 --board 15:b")]
    [InlineData(2, "--header_version 1 --vendor_cmdline 2048:b")]
    [InlineData(0, "--header_version 1 --vendor_cmdline 2047:b")]
    [InlineData(2, "--header_version 1 --cmdline 1535:b")]
    [InlineData(0, "--header_version 1 --cmdline 1534:b")]
    [InlineData(2, "--header_version 4 --cmdline 1536:b")]
    [InlineData(0, "--header_version 4 --cmdline 1535:b")]
    [InlineData(1, "--header_version 3 --second board.dtb")]
    [InlineData(1, "--header_version 5")]
    [InlineData(1, "--header_version 2 --vendor_boot new-v.img --vendor_ramdisk small.cpio")]
    [InlineData(1, "--header_version 3 --vendor_boot new-v.img --dtb board.dtb")]
    [InlineData(0, "--header_version 3 --vendor_boot new-v.img --dtb board.dtb --vendor_ramdisk small.cpio --vendor_bootconfig small.cpio")]
    [InlineData(2, "--header_version 4 --vendor_boot new-v.img --dtb board.dtb --vendor_ramdisk_fragment small.cpio")]
    [InlineData(2, "--header_version 4 --vendor_boot new-v.img --dtb board.dtb --ramdisk_type x --ramdisk_name a --vendor_ramdisk_fragment small.cpio")]
    [InlineData(0, "--header_version 4 --vendor_boot new-v.img --dtb board.dtb --ramdisk_type 7 --ramdisk_name a --vendor_ramdisk_fragment small.cpio")]
    [InlineData(2, "--header_version 4 --vendor_boot new-v.img --dtb board.dtb --ramdisk_name 32:b --vendor_ramdisk_fragment small.cpio")]
    [InlineData(1, "--header_version 4 --vendor_boot new-v.img --dtb board.dtb --ramdisk_name a")]
    [InlineData(2, "--header_version 0 --kernel new-missing")]
    [InlineData(2, "--header_version 0 --pagesize 1024")]
    public void End_as_those_of_AOSPs_tool(int exitCode, string line)
    {
        var words = line.Split(' ').Select(word => word.EndsWith(":b", StringComparison.Ordinal) ? new string('b', int.Parse(word[..^2])) : word);
        var run = _folder.Run("mkbootimg --kernel kernel-new -o new.img " + string.Join(' ', words));
        run.ExitCode.ShouldBe(exitCode, run.Errors);
        (run.Errors.Contains("error KB", StringComparison.Ordinal), File.Exists(_folder["new.img"])).ShouldBe((exitCode != 0, exitCode == 0));
    }

    [Theory]
    [InlineData("new-missing", "there is no program")]
    [InlineData("hello.txt", "is not executable")]
    [InlineData("no-avbtool-here", "is not on PATH")]
    public void Another_avbtool_that_cannot_be_started_is_named(string program, string why)
    {
        var run = _folder.Run(
            "mkbootimg --header_version 4 --kernel kernel-new -o new.img --gki_signing_key chain.pem --gki_signing_algorithm SHA256_RSA2048 "
            + "--gki_signing_avbtool_path " + program);
        run.ExitCode.ShouldBe(2);
        run.Errors.ShouldContain("KB4004");
        run.Errors.ShouldContain(why);
    }

    [Theory]
    [InlineData("avbtool add_hashtree_footer --image hello.txt --partition_name x --partition_size 262144 --block_size 0", "KB5018")]
    [InlineData("avbtool add_hashtree_footer --image hello.txt --partition_name x --partition_size 262144 --block_size 0 --calc_max_image_size", "KB5018")]
    [InlineData("avbtool add_hashtree_footer --partition_size 262144 --hash_algorithm md5 --calc_max_image_size", "KB5018")]
    [InlineData("avbtool add_hashtree_footer --partition_size 262144 --fec_num_roots 300 --calc_max_image_size", "KB5018")]
    [InlineData("mkdtboimg create new.img --page_size=0 overlay.dtbo", "KB9010")]
    [InlineData("mkdtboimg create new.img overlay.dtbo --id=0o", "KB9010")]
    [InlineData("mkdtboimg create new.img overlay.dtbo --id=1__0", "KB9010")]
    [InlineData("mkdtboimg create new.img overlay.dtbo --id=08", "KB9010")]
    [InlineData("mkdtboimg create new.img overlay.dtbo --id=-1", "KB9010")]
    public void Numbers_that_nothing_can_be_made_of_are_refused(string line, string code)
    {
        var run = _folder.Run(line);
        run.ExitCode.ShouldBeInRange(1, 2, run.Errors);
        run.Errors.ShouldContain("error " + code);
        File.Exists(_folder["new.img"]).ShouldBeFalse();
    }

    /// <summary>As mkdtboimg reads them: Python's int, in the base that the start of the text says.</summary>
    [Theory]
    [InlineData("0o17", "0x0000000f")]
    [InlineData("017", "0x0000000f")]
    [InlineData("1_0", "0x0000000a")]
    [InlineData("0x_f", "0x0000000f")]
    [InlineData("0Xffffffff", "0xffffffff")]
    public void Numbers_of_overlays_are_read_as_by_mkdtboimg(string number, string word)
    {
        _folder.Run($"mkdtboimg create new.img overlay.dtbo --id={number}").ExitCode.ShouldBe(0);
        _folder.Run("mkdtboimg dump new.img").Output.ShouldContain("id = " + word[2..]);
    }

    /// <summary>A type that is not known here is the vendor's, and stays through edits of other fragments.</summary>
    [Fact]
    public void A_fragment_of_a_type_of_the_vendors_stays()
    {
        _folder.Run(
            "mkbootimg --header_version 4 --vendor_boot new.img --ramdisk_type 7 --ramdisk_name a --vendor_ramdisk_fragment small.cpio "
            + "--dtb board.dtb").ExitCode.ShouldBe(0);
        _folder.Run("boot fragment add new.img b small.cpio --type dlkm -o new2.img").ExitCode.ShouldBe(0);
        _folder.Run("boot info new2.img").Output.ShouldContain("\"a\"  type 7");
        _folder.Run("boot fragment type new.img a 9 -o new3.img").ExitCode.ShouldBe(2);
    }
}
