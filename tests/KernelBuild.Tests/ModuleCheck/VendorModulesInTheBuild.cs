using System.Text;
using KernelBuild.Compile;
using KernelBuild.Device;
using KernelBuild.Diagnostics;
using KernelBuild.ModuleCheck;
using KernelBuild.Stages;
using KernelBuild.Testing.Devices;
using KernelBuild.Testing.KernelImages;

namespace KernelBuild.Tests.ModuleCheck;

/// <summary>The item VendorModules: what a build says of the device's own modules before it packs. The verdicts themselves are compared
/// with Linux's where they are made.</summary>
public sealed class VendorModulesInTheBuild : IDisposable
{
    private const string Release = "6.1.0-test";
    private readonly TestDevice _bench = new();

    public VendorModulesInTheBuild()
    {
        Out("Module.symvers", "0x00000001\tmodule_layout\tvmlinux\tEXPORT_SYMBOL\t\n0x00000002\tkfree\tvmlinux\tEXPORT_SYMBOL\t\n");
        Out(".config", "CONFIG_ARM64=y\nCONFIG_SMP=y\nCONFIG_MODULES=y\nCONFIG_MODULE_UNLOAD=y\nCONFIG_MODVERSIONS=y\n");
        Out("include/config/kernel.release", Release + "\n");
        var image = new byte[100_000];
        "ARMd"u8.CopyTo(image.AsSpan(56));
        Encoding.ASCII.GetBytes($"Linux version {Release} #1 SMP\n").CopyTo(image, 5000);
        Directory.CreateDirectory(_bench.Folders.Tree);
        File.WriteAllBytes(Path.Combine(_bench.Folders.Output, "Image"), image);
    }

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task Modules_that_load_are_counted_and_checked_once()
    {
        Vendor("stock/good.ko", Good("good"));

        (await CheckAsync(Device())).Loads.ShouldBe(1);
        (await CheckAsync(Device())).Loads.ShouldBe(1);

        _bench.Log.Lines.Count(line => line.Contains("1 load, 0 refused")).ShouldBe(1, "the second run had nothing to do");
        Vendor("stock/more.ko", Good("more"));
        (await CheckAsync(Device())).Loads.ShouldBe(2);
    }

    [Fact]
    public async Task A_module_that_will_be_refused_stops_the_build_with_its_reason_and_the_patch_that_caused_it()
    {
        Vendor("stock/good.ko", Good("good"));
        Vendor("stock/changed.ko", Good("changed") with { Versions = [("module_layout", 1), ("kfree", 3)] });
        Vendor("stock/user.ko", Good("user") with { Imports = ["gone"], Versions = [("module_layout", 1), ("gone", 9)] });
        _bench.Files.Write("patches/tune/series", "0001-slab.patch\n");
        _bench.Files.Write("patches/tune/0001-slab.patch", """
            From: A Developer <developer@example.org>
            Subject: [PATCH] slab: nobody needs gone

            --- a/mm/slab.c
            +++ b/mm/slab.c
            @@ -1,3 +1,2 @@
             int gone(void) { return 1; }
            -EXPORT_SYMBOL(gone);
             /* end */

            """);
        var device = Device() with { PatchSeries = [_bench["patches/tune"]] };

        var findings = (await Should.ThrowAsync<DiagnosticException>(() => CheckAsync(device))).Diagnostics;

        findings[0].Code.ShouldBe(DiagnosticCodes.VendorModulesRefused);
        findings[0].Message.ShouldBe("2 of 3 modules of the device will not load in the new kernel: changed, user");
        findings.Select(finding => finding.Code).ShouldContain(DiagnosticCodes.ModuleSymbolVersionDiffers);
        findings.ShouldContain(finding => finding.Code == DiagnosticCodes.ModuleSymbolMissing && finding.Fix!.Contains("0001-slab.patch takes its export out"));
    }

    [Fact]
    public async Task What_the_device_can_do_without_may_be_refused_but_not_what_needs_it()
    {
        Vendor("stock/base.ko", Good("base") with { Vermagic = "5.10.0 SMP mod_unload aarch64", Versions = null, Exports = [("base_open", 5, false, "")] });
        Vendor("stock/user.ko", Good("user") with { Imports = ["base_open"], Versions = [("module_layout", 1), ("base_open", 5)] });
        var excused = Device() with { VendorModules = [new VendorModules(_bench["stock"], ["base.ko"])] };

        var finding = await Findings.OfAsync(DiagnosticCodes.VendorModulesRefused, () => CheckAsync(excused));
        finding.Message.ShouldContain("1 of 2 modules of the device will not load in the new kernel: user");
        var result = await CheckAsync(Device() with { VendorModules = [new VendorModules(_bench["stock"], ["base", "user"])] });
        result.Refused.ShouldBe(["base", "user"]);

        (await Findings.OfAsync(
            DiagnosticCodes.DeviceInvalid, () => CheckAsync(Device() with { VendorModules = [new VendorModules(_bench["stock"], ["bose"])] })))
            .Message.ShouldContain("names bose");
    }

    [Fact]
    public async Task Modules_of_the_build_are_there_for_those_of_the_vendor()
    {
        Vendor("stock/user.ko", Good("user") with { Imports = ["own_open"], Versions = [("module_layout", 1), ("own_open", 5)] });
        Vendor("built/lib/modules/6.1.0-test/own.ko", Good("own") with { Exports = [("own_open", 5, false, "")] });
        var kernel = Kernel() with { ModulesRoot = _bench["built"], Modules = ["lib/modules/6.1.0-test/own.ko"] };

        await Findings.OfAsync(DiagnosticCodes.VendorModulesRefused, () => CheckAsync(Device(), kernel));
        (await CheckAsync(Device() with { ModulesInRamdisk = true }, kernel)).Loads.ShouldBe(2);
    }

    [Fact]
    public async Task Many_refusals_give_the_first_and_the_command_that_shows_all()
    {
        for (var i = 0; i < 40; i++)
        {
            Vendor($"stock/m{i}.ko", Good($"m{i}") with { Versions = [("module_layout", 7), ("kfree", 2)] });
        }

        var findings = (await Should.ThrowAsync<DiagnosticException>(() => CheckAsync(Device()))).Diagnostics;

        findings.Count.ShouldBe(31);
        findings[0].Message.ShouldStartWith("40 of 40 modules");
        findings[0].Consequence.ShouldBe(
            $"30 of 40 findings follow; all: kernelbuild kernel modules check {_bench.Folders.Output} --modules {_bench["stock"]}");
    }

    [Fact]
    public async Task An_image_of_the_device_that_cannot_be_read_or_holds_no_modules_is_named()
    {
        (await Findings.OfAsync(DiagnosticCodes.ModuleSourceEmpty, () => CheckAsync(Device()))).File.ShouldBe(_bench["stock"]);
        _bench.Files.Write("vendor_boot.img", "text");
        var device = Device() with { VendorModules = [new VendorModules(_bench["vendor_boot.img"], [])] };
        (await Should.ThrowAsync<DiagnosticException>(() => CheckAsync(device))).Diagnostics[0].File.ShouldBe(_bench["vendor_boot.img"]);
    }

    private DeviceBuild Device()
    {
        Directory.CreateDirectory(_bench["stock"]);
        return _bench.Device("path:../../linux") with { VendorModules = [new VendorModules(_bench["stock"], [])] };
    }

    private CompiledKernel Kernel()
    {
        var image = Path.Combine(_bench.Folders.Output, "Image");
        return new CompiledKernel(image, image, "", Path.Combine(_bench.Folders.Output, ".config"), "", [], [], 1, "make");
    }

    private Task<CheckedModules> CheckAsync(DeviceBuild device, CompiledKernel? kernel = null) =>
        new ModuleCheckStage(device, StageRecords.Load(_bench.Folders.RecordsFile), _bench.Log).RunAsync(kernel ?? Kernel(), CancellationToken.None);

    private static SyntheticModule Good(string name) => new(name) { Imports = ["kfree"], Versions = [("module_layout", 1), ("kfree", 2)] };

    private void Vendor(string path, SyntheticModule module) => _bench.Files.Write(path, module.ToArray());

    private void Out(string name, string text)
    {
        var path = Path.Combine(_bench.Folders.Output, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
