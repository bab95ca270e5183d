using KernelBuild.BootImages.Ramdisks;
using KernelBuild.Compile;
using KernelBuild.Configure;
using KernelBuild.Device;
using KernelBuild.Diagnostics;
using KernelBuild.Fetch;
using KernelBuild.Git.Objects;
using KernelBuild.Host.Reporting;
using KernelBuild.Pack;
using KernelBuild.Stages;
using KernelBuild.Testing.Devices;
using KernelBuild.Toolchains;

namespace KernelBuild.Tests.Stages;

/// <summary>Configuration, compilation and packing of trees and projects that are wrong in one thing, with the real make.</summary>
public sealed class StagesThatFail : IDisposable
{
    private const string Makefile = """
        tinyconfig:
        	@mkdir -p $(O)
        	@printf 'CONFIG_BASE=y\n' > $(O)/.config
        olddefconfig:
        	@true
        broken_defconfig:
        	@echo 'arch/arm64/Kconfig:7: syntax error' >&2; exit 3
        Image:
        	@echo 'objcopy: the moon is in the wrong phase' >&2; exit 3

        """;

    private readonly TestDevice _bench = new();

    public void Dispose() => _bench.Dispose();

    private DeviceBuild Device => _bench.Device("path:../../linux") with { Toolchain = FakeToolchain.RequestIn(_bench) };

    private StageRecords Records() => StageRecords.Load(_bench["records.json"]);

    private Task<Toolchain> ToolchainAsync() => FakeToolchain.MakeAsync(_bench);

    /// <summary>The tree in the store, and checked out.</summary>
    private async Task<LockedTree> TreeAsync()
    {
        _bench.Files.Write("linux/Makefile", Makefile);
        _bench.Files.Write("linux/arch/arm64/configs/board_defconfig", "");
        Oracle.Git(_bench.Files.Folder("linux"), "init", "-q");
        var source = await _bench.FetchAsync("path:../../linux");
        Oracle.Text(_bench.Files.Path, "mkdir", "-p", _bench.Folders.Work);
        Oracle.Text(_bench.Files.Path, "cp", "-r", _bench["linux"], _bench.Folders.Tree);
        return new LockedTree(source.Commit, source.Tree);
    }

    private async Task<KernelConfig> ConfigureAsync(string defconfig)
    {
        var tree = await TreeAsync();
        await new ConfigureStage(
            Device with { Defconfigs = [defconfig] }, await _bench.StoreAsync(), await ToolchainAsync(), Records(), _bench.Log)
            .RunAsync(tree.Commit, CancellationToken.None);
        return KernelConfig.Load(Path.Combine(_bench.Folders.Output, ".config"));
    }

    [FactWith("make", "git")]
    public async Task A_defconfig_that_the_kernel_has_not_is_KB3005_with_those_it_has()
    {
        var finding = await Findings.OfAsync(DiagnosticCodes.DefconfigUnknown, () => ConfigureAsync("phone_defconfig"));
        finding.Message.ShouldBe("this kernel has no defconfig 'phone_defconfig' for arm64");
        finding.Fix.ShouldContain("board_defconfig");
        finding.File.ShouldBe(_bench.Project);
    }

    [FactWith("make", "git")]
    public async Task A_Kconfig_that_make_trips_over_is_KB3007_with_its_words()
    {
        var finding = await Findings.OfAsync(DiagnosticCodes.ConfigurationFailed, () => ConfigureAsync("broken_defconfig"));
        finding.Message.ShouldBe("'make broken_defconfig' failed");
        finding.Details.ShouldContain("arch/arm64/Kconfig:7: syntax error");
    }

    [FactWith("make", "git")]
    public async Task A_make_that_fails_without_an_error_of_a_compiler_is_KB4002_with_the_log()
    {
        var config = await ConfigureAsync("tinyconfig");
        var stage = new CompileStage(
            Device, new BuildOptions { Jobs = 1 }, await ToolchainAsync(), new Lazy<KernelConfig>(config), Records(), _bench.Log);
        var finding = await Findings.OfAsync(
            DiagnosticCodes.CompilationFailed, () => stage.RunAsync(GitObjectId.Parse(new string('1', 40)), CancellationToken.None));
        finding.Details.ShouldContain("objcopy: the moon is in the wrong phase");
        var log = finding.Fix["read ".Length..];
        File.ReadAllText(log).ShouldContain("the moon is in the wrong phase");
    }

    [Fact]
    public void A_device_tree_source_that_is_not_there_is_KB4006_in_the_project()
    {
        var device = Device with { DeviceTrees = [_bench["kernels/demo/board.dts"]] };
        var finding = Findings.Of(DiagnosticCodes.DeviceTreeMissing, () => DeviceTreePlan.For(device));
        finding.Message.ShouldContain(_bench["kernels/demo/board.dts"]);
        finding.File.ShouldBe(_bench.Project);
    }

    [Theory]
    [InlineData("vendor/board.dts")]
    [InlineData("vendor/board.dtb")]
    [InlineData("vendor/*.dts")]
    [InlineData("arch/arm64/boot/dts/vendor/board.dts")]
    [InlineData("arch/arm64/boot/dts/vendor/bo*.dtb")]
    public void A_tree_of_the_kernel_is_named_below_its_dts_folder_or_from_its_top(string item)
    {
        var device = Device with { DeviceTrees = [item] };
        var source = Path.Combine(device.KernelRoot, "arch/arm64/boot/dts/vendor/board.dts");
        Directory.CreateDirectory(Path.GetDirectoryName(source)!);
        File.WriteAllText(source, "/dts-v1/; / { };");
        DeviceTreePlan.For(device).Trees.ShouldHaveSingleItem().MakeTarget.ShouldBe("vendor/board.dtb");
    }

    [Theory]
    [InlineData("page_size=4096\na.dtbo\n", "set DtboPageSize to 4096")]
    [InlineData("version=1\na.dtbo\n", "set DtboVersion to 1")]
    [InlineData("a.dtbo\n  flags=1\n", "have id, rev, custom0")]
    [InlineData("a.dtbo\n  colour=1\n", "have id, rev, custom0")]
    public void An_option_of_a_dtbo_configuration_that_would_have_no_effect_is_KB5028(string text, string fix)
    {
        var item = new DtboItem(_bench.Files.Write("kernels/demo/dtboimg.cfg", text), "", 0, 0, [0, 0, 0, 0]);
        var device = Device with { Dtbo = new DtboRequest { Entries = [item] } };
        Findings.Of(DiagnosticCodes.DtboInvalid, () => DeviceTreePlan.For(device)).Fix.ShouldContain(fix);
    }

    [Fact]
    public void What_a_header_version_demands_and_another_dtbo_version_are_said_before_anything_is_fetched()
    {
        Findings.Of(DiagnosticCodes.DeviceTreeMissing, () => ImagesOfDevice.Require(Device with { BootImageVersion = 2 })).Message.ShouldContain("version 2");
        var vendor = Device with { BootImageVersion = 3, VendorBoot = new VendorBootRequest() };
        Findings.Of(DiagnosticCodes.DeviceTreeMissing, () => ImagesOfDevice.Require(vendor)).Message.ShouldContain("vendor_boot image of header version 3");
        var stock = _bench.Files.Write("dtbo.img", BootImages.Dtbo.DtboWriter.Write(new BootImages.Dtbo.DtboContents { Version = 1 }));
        var dtbo = Device with { Dtbo = new DtboRequest { Stock = stock } };
        Findings.Of(DiagnosticCodes.DtboInvalid, () => ImagesOfDevice.Require(dtbo)).Fix.ShouldContain("set DtboVersion to 1");
        ImagesOfDevice.Require(dtbo with { Dtbo = dtbo.Dtbo with { Version = 1 } });
    }

    [Fact]
    public async Task A_version_2_image_without_a_device_tree_is_KB4006() =>
        (await Findings.OfAsync(DiagnosticCodes.DeviceTreeMissing, () => PackAsync(Device with { BootImageVersion = 2 }))).Fix.ShouldContain("BootImageVersion to 4");

    [Fact]
    public async Task A_ramdisk_file_that_is_not_there_is_KB5010_with_its_place_in_the_ramdisk()
    {
        var finding = await Findings.OfAsync(
            DiagnosticCodes.RamdiskFileMissing,
            () => PackAsync(Device with { Ramdisk = [new RamdiskItem("init", _bench["kernels/demo/init"])] }));
        finding.Message.ShouldBe($"the file '{_bench["kernels/demo/init"]}' does not exist; it was to be /init of the ramdisk");
        finding.File.ShouldBe(_bench.Project);
    }

    private async Task<PackedImages> PackAsync(DeviceBuild device)
    {
        Directory.CreateDirectory(device.Folders.Work);
        string Product(string name) => _bench.Files.Write("out/" + name, name);
        var kernel = new CompiledKernel(
            Product("Image"), Product("Image"), Product("System.map"), Product(".config"), Product("vmlinux"), [], [], 1, "make");
        var lockFile = LockFile.Load(device.LockFile);
        var ramdisk = await new RamdiskContents(device, lockFile, new BuildOptions(), _bench.Cache, _bench.Log).ReadAsync(
            device.Ramdisk, CancellationToken.None);
        return await new PackStage(device, Records(), _bench.Log).RunAsync(
            new PackInput(kernel, CpioWriter.Write(ramdisk)), CancellationToken.None);
    }

    private sealed record LockedTree(GitObjectId Commit, GitObjectId Tree);
}
