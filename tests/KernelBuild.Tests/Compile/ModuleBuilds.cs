using KernelBuild.Compile;
using KernelBuild.Configure;
using KernelBuild.Device;
using KernelBuild.Diagnostics;
using KernelBuild.Git.Objects;
using KernelBuild.Host.Reporting;
using KernelBuild.Pack;
using KernelBuild.Stages;
using KernelBuild.Testing.Devices;

namespace KernelBuild.Tests.Compile;

/// <summary>Modules as kbuild installs them, by a makefile with its interface and the real make.</summary>
public sealed class ModuleBuilds : IDisposable
{
    private const string Makefile = """
        B := $(O)/arch/arm64/boot
        Image:
        	@mkdir -p $(B) && echo kernel > $(B)/Image && cp $(B)/Image $(O)/vmlinux && echo map > $(O)/System.map
        modules:
        	@mkdir -p $(O)/drivers && echo "$(MODULE)" > $(O)/drivers/card.ko
        modules_install:
        	@mkdir -p $(INSTALL_MOD_PATH)/lib/modules/6.1.0/kernel/drivers
        	@cp $(O)/drivers/card.ko $(INSTALL_MOD_PATH)/lib/modules/6.1.0/kernel/drivers/card.ko
        	@echo kernel/drivers/card.ko > $(INSTALL_MOD_PATH)/lib/modules/6.1.0/modules.order
        	@ln -s $(CURDIR) $(INSTALL_MOD_PATH)/lib/modules/6.1.0/source
        	@ln -s $(O) $(INSTALL_MOD_PATH)/lib/modules/6.1.0/build
        	@test "$(INSTALL_MOD_STRIP)" = 1

        """;

    private readonly TestDevice _bench = new();

    private DeviceBuild Device => _bench.Device("path:../../linux") with
    {
        Toolchain = FakeToolchain.RequestIn(_bench),
        Modules = true,
        MakeVariables = ["MODULE=one"],
    };

    public void Dispose() => _bench.Dispose();

    private async Task<CompiledKernel> CompileAsync(DeviceBuild device)
    {
        Directory.CreateDirectory(_bench.Folders.Tree);
        Directory.CreateDirectory(_bench.Folders.Output);
        await File.WriteAllTextAsync(Path.Combine(_bench.Folders.Tree, "Makefile"), Makefile);
        await File.WriteAllTextAsync(Path.Combine(_bench.Folders.Output, ".config"), "CONFIG_MODULES=y\n");
        var config = new Lazy<KernelConfig>(() => KernelConfig.Parse("CONFIG_MODULES=y\n"));
        var stage = new CompileStage(
            device, new BuildOptions { Jobs = 1 }, await FakeToolchain.MakeAsync(_bench), config, StageRecords.Load(_bench["records.json"]), _bench.Log);
        return await stage.RunAsync(GitObjectId.Parse(new string('1', 40)), CancellationToken.None);
    }

    [FactWith("make")]
    public async Task Modules_are_installed_without_links_into_the_checkout()
    {
        var kernel = await CompileAsync(Device);
        kernel.Modules.ShouldBe(["lib/modules/6.1.0/kernel/drivers/card.ko", "lib/modules/6.1.0/modules.load", "lib/modules/6.1.0/modules.order"]);
        _bench.Log.Lines.ShouldContain("installed 1 module");
        RamdiskContents.OfModules(kernel).Select(entry => entry.Path).ShouldBe(kernel.Modules);
    }

    [FactWith("make")]
    public async Task A_module_that_somebody_deleted_is_built_again_and_what_stands_is_not()
    {
        var first = await CompileAsync(Device);
        _bench.Log.Lines.Clear();
        await CompileAsync(Device);
        _bench.Log.Lines.ShouldBeEmpty();
        File.Delete(Path.Combine(first.ModulesRoot!, first.Modules[0]));
        (await CompileAsync(Device)).Modules.ShouldBe(first.Modules);
        File.Exists(Path.Combine(first.ModulesRoot!, first.Modules[0])).ShouldBeTrue();
    }

    [FactWith("make")]
    public async Task Products_hold_the_modules_and_lose_them_again()
    {
        async Task<PackedImages> PackAsync(DeviceBuild device)
        {
            var kernel = await CompileAsync(device);
            var stage = new PackStage(device with { DeviceTrees = [] }, StageRecords.Load(_bench["records.json"]), _bench.Log);
            return await stage.RunAsync(new PackInput(kernel, BootImages.Ramdisks.CpioWriter.Write([])), CancellationToken.None);
        }

        (await PackAsync(Device)).Names.ShouldContain("modules/lib/modules/6.1.0/kernel/drivers/card.ko");
        var file = Path.Combine(Device.Folders.Artifacts, "modules/lib/modules/6.1.0/kernel/drivers/card.ko");
        File.Exists(file).ShouldBeTrue();
        (await PackAsync(Device with { Modules = false })).Names.ShouldNotContain(name => name.StartsWith("modules/", StringComparison.Ordinal));
        File.Exists(file).ShouldBeFalse();
    }

    [Fact]
    public void A_module_that_is_requested_where_none_are_built_is_KB3010_at_its_line()
    {
        var requests = ConfigFragment.Parse("CONFIG_PCI=y\nCONFIG_E1000E=m\nCONFIG_NVME=m\n", "board.config");
        var config = KernelConfig.Parse("CONFIG_PCI=y\nCONFIG_E1000E=m\nCONFIG_NVME=m\n");
        var finding = ConfigurationAudit.OfModules(modules: false, requests, config).Single();
        (finding.Code, finding.Severity, finding.File, finding.Line)
            .ShouldBe((DiagnosticCodes.ModulesNotBuilt, DiagnosticSeverity.Warning, "board.config", 2));
        finding.Message.ShouldContain("CONFIG_E1000E=m and 1 more");
        ConfigurationAudit.OfModules(modules: true, requests, KernelConfig.Parse("CONFIG_MODULES=y\n")).ShouldBeEmpty();
    }

    [Fact]
    public void Modules_of_a_kernel_without_them_are_KB3011() =>
        ConfigurationAudit.OfModules(modules: true, [], KernelConfig.Parse("CONFIG_PCI=y\n")).Single().Code.ShouldBe(DiagnosticCodes.ModulesOff);

    [Theory]
    [InlineData("certs/signing_key.pem", true)]
    [InlineData("/keys/modules.pem", false)]
    public void A_signing_key_of_the_build_is_KB4010(string key, bool warned)
    {
        var config = KernelConfig.Parse($"CONFIG_MODULES=y\nCONFIG_MODULE_SIG=y\nCONFIG_MODULE_SIG_KEY=\"{key}\"\n");
        var findings = ConfigurationAudit.OfModules(modules: true, [], config);
        findings.Select(finding => finding.Code).ShouldBe(warned ? [DiagnosticCodes.SigningKeyOfBuild] : []);
    }
}
