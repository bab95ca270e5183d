using KernelBuild.Compile;
using KernelBuild.Configure;
using KernelBuild.Device;
using KernelBuild.Diagnostics;
using KernelBuild.Git.Objects;
using KernelBuild.Host.Reporting;
using KernelBuild.Iommu.Prediction;
using KernelBuild.Stages;
using KernelBuild.Testing.Devices;
using KernelBuild.Toolchains;

namespace KernelBuild.Tests.Configure;

/// <summary>A small tree in a subfolder that configures as vendors' trees of 4.14 do, with the real make.</summary>
public sealed class VendorConfigurations : IDisposable
{
    /// <summary>conf of 4.14 writes CONFIG_X= for a number without a value; Kconfig reads variables of the vendor.</summary>
    private const string Makefile = """
        VERSION = 4
        PATCHLEVEL = 14
        phone_defconfig:
        	@mkdir -p $(O)
        	@{ echo 'CONFIG_LITTLE_CPU_MASK='; echo 'CONFIG_BASE=y'; echo 'CONFIG_OFFSET=-7'; printf "%s\n" 'CONFIG_TEXT="a \"b\" \\ = c"'; \
        	   printf 'CONFIG_PLATFORM="%s"\n' "$$PLATFORM_VERSION"; echo '# CONFIG_OFF is not set'; } > $(O)/.config
        defconfig:
        	@mkdir -p $(O)
        	@cp arch/arm64/configs/$(KBUILD_DEFCONFIG) $(O)/.config
        olddefconfig:
        	@grep -v CONFIG_GONE $(O)/.config > $(O)/.new; mv $(O)/.new $(O)/.config

        """;

    private readonly TestDevice _bench = new();

    private DeviceBuild Device => _bench.Device("path:../../vendor") with
    {
        KernelFolder = "kernel-4.14",
        Defconfigs = ["phone_defconfig"],
        Toolchain = FakeToolchain.RequestIn(_bench),
        MakeVariables = ["PLATFORM_VERSION=11"],
    };

    public void Dispose() => _bench.Dispose();

    private Task<Toolchain> ToolchainAsync() => FakeToolchain.MakeAsync(_bench);

    private async Task<KernelConfig> ConfigureAsync(DeviceBuild device)
    {
        _bench.Files.Write("vendor/kernel-4.14/Makefile", Makefile);
        _bench.Files.Write("vendor/kernel-4.14/arch/arm64/configs/vendor/GKI.config", "CONFIG_EXTRA=y\nCONFIG_GONE=m\nCONFIG_BASE=m\n");
        Oracle.Git(_bench.Files.Folder("vendor"), "init", "-q");
        var source = await _bench.FetchAsync("path:../../vendor");
        Oracle.Text(_bench.Files.Path, "mkdir", "-p", _bench.Folders.Work);
        Oracle.Text(_bench.Files.Path, "cp", "-r", _bench["vendor"], _bench.Folders.Tree);
        var records = StageRecords.Load(_bench["records.json"]);
        await new ConfigureStage(device, await _bench.StoreAsync(), await ToolchainAsync(), records, _bench.Log).RunAsync(
            source.Commit, CancellationToken.None);
        return KernelConfig.Load(Path.Combine(_bench.Folders.Output, ".config"));
    }

    [FactWith("make", "git")]
    public async Task What_conf_writes_is_read_and_kept()
    {
        var config = await ConfigureAsync(Device);
        config["CONFIG_LITTLE_CPU_MASK"].ShouldBe("");
        config["CONFIG_OFFSET"].ShouldBe("-7");
        config["CONFIG_TEXT"].ShouldBe("\"a \\\"b\\\" \\\\ = c\"");
        config["CONFIG_OFF"].ShouldBe("n");
        var finding = _bench.Log.Findings.Single(finding => finding.Code == DiagnosticCodes.SymbolWithoutValue);
        finding.Message.ShouldContain("CONFIG_LITTLE_CPU_MASK");
        finding.Severity.ShouldBe(DiagnosticSeverity.Warning);
    }

    [FactWith("make", "git")]
    public async Task A_variable_of_the_vendor_reaches_Kconfigs_environment() =>
        (await ConfigureAsync(Device))["CONFIG_PLATFORM"].ShouldBe("\"11\"");

    [FactWith("make", "git")]
    public async Task Further_defconfigs_are_merged_and_what_they_ask_in_vain_is_one_KB3008()
    {
        var fragment = _bench.Files.Write("kernels/demo/demo.config", "CONFIG_BASE=y\n");
        var config = await ConfigureAsync(
            Device with { Defconfigs = ["phone_defconfig", "vendor/GKI.config"], ConfigFragments = [fragment] });
        config["CONFIG_EXTRA"].ShouldBe("y");
        config["CONFIG_BASE"].ShouldBe("y");
        var finding = _bench.Log.Findings.Single(finding => finding.Code == DiagnosticCodes.SymbolsOfTreeNotSet);
        finding.Severity.ShouldBe(DiagnosticSeverity.Warning);
        finding.Details.ShouldBe(["CONFIG_GONE=m is n"]);
    }

    [FactWith("make", "git")]
    public async Task A_defconfig_may_stand_anywhere_in_the_tree_and_in_the_project()
    {
        var own = _bench.Files.Write("kernels/demo/own.config", "CONFIG_OWN=y\n");
        (await ConfigureAsync(Device with { Defconfigs = [own] }))["CONFIG_OWN"].ShouldBe("y");
        (await ConfigureAsync(Device with { Defconfigs = ["vendor/GKI.config"] }))["CONFIG_EXTRA"].ShouldBe("y");
    }

    [FactWith("make", "git")]
    public async Task A_further_defconfig_that_is_not_there_is_KB3005()
    {
        var device = Device with { Defconfigs = ["phone_defconfig", "vendor/GONE.config"] };
        var finding = await Findings.OfAsync(DiagnosticCodes.DefconfigUnknown, () => ConfigureAsync(device));
        finding.Message.ShouldContain("vendor/GONE.config");
        finding.Fix.ShouldContain("vendor/GKI.config");
    }

    [Fact]
    public void A_source_that_is_no_kernel_is_KB1016_with_the_kernels_inside_it()
    {
        _bench.Files.Write("vendor/kernel-5.15/Makefile", "VERSION = 5\nPATCHLEVEL = 15\n");
        _bench.Files.Write("vendor/kernel-5.15/Kconfig", "");
        _bench.Files.Write("vendor/kernel-5.15/arch/Kconfig", "");
        var finding = Findings.Of(DiagnosticCodes.NotAKernel, () => SourceVersion.Read(_bench["vendor"]));
        finding.Fix.ShouldContain("KernelFolder");
        finding.Details.ShouldBe(["a kernel stands in kernel-5.15"]);
        SourceVersion.Read(_bench["vendor/kernel-5.15"]).ShouldBe(new KernelVersion(5, 15));
    }

    [FactWith("make", "git")]
    public async Task A_make_that_stops_to_ask_for_a_value_is_KB3009_with_the_symbol()
    {
        await ConfigureAsync(Device);
        File.AppendAllText(
            Path.Combine(Device.KernelRoot, "Makefile"),
            "Image:\n\t@echo 'Bitmask of available LITTLE CPUs (LITTLE_CPU_MASK) [] (NEW) aborted!' >&2; exit 1\n");
        var config = new Lazy<KernelConfig>(() => KernelConfig.Parse(""));
        var records = StageRecords.Load(_bench["records.json"]);
        var stage = new CompileStage(Device, new BuildOptions { Jobs = 1 }, await ToolchainAsync(), config, records, _bench.Log);
        var finding = await Findings.OfAsync(
            DiagnosticCodes.SymbolWithoutValue, () => stage.RunAsync(GitObjectId.Parse(new string('1', 40)), CancellationToken.None));
        finding.Fix.ShouldContain("CONFIG_LITTLE_CPU_MASK=0");
    }

    [FactWith("make", "git")]
    public async Task An_image_that_the_kernel_does_not_make_is_KB4008_before_anything_is_compiled()
    {
        await ConfigureAsync(Device);
        _bench.Files.Write("kernel-makefile", "targets := Image Image.bz2 Image.gz Image.lz4\n$(obj)/Image: vmlinux FORCE\n");
        var boot = Directory.CreateDirectory(Path.Combine(Device.KernelRoot, "arch/arm64/boot")).FullName;
        File.Copy(_bench["kernel-makefile"], Path.Combine(boot, "Makefile"));
        var config = new Lazy<KernelConfig>(() => KernelConfig.Parse(""));
        var stage = new CompileStage(
            Device with { KernelImage = "Image.zst" }, new BuildOptions { Jobs = 1 }, await ToolchainAsync(), config,
            StageRecords.Load(_bench["records.json"]), _bench.Log);
        var finding = await Findings.OfAsync(
            DiagnosticCodes.KernelImageUnsupported, () => stage.RunAsync(GitObjectId.Parse(new string('1', 40)), CancellationToken.None));
        finding.Fix.ShouldBe("set KernelImage to one of Image, Image.bz2, Image.gz, Image.lz4, vmlinux");
        File.Exists(Path.Combine(Device.Folders.Logs, "compile.log")).ShouldBeFalse();
    }

    [FactWith("sh")]
    public async Task A_clang_that_the_tree_itself_calls_too_old_is_KB4009()
    {
        _bench.Files.Write("linux/scripts/min-tool-version.sh", "case \"$1\" in\nllvm) [ $SRCARCH = s390 ] && echo 15.0.0 || echo 13.0.1 ;;\nesac\n");
        var finding = await LeastCompiler.CheckAsync(_bench["linux"], 11, CancellationToken.None);
        finding!.Code.ShouldBe(DiagnosticCodes.CompilerUnsuited);
        finding.Message.ShouldBe("this kernel wants clang 13.0.1 or newer, and the project names clang 11");
        (await LeastCompiler.CheckAsync(_bench["linux"], 13, CancellationToken.None)).ShouldBeNull();
        (await LeastCompiler.CheckAsync(_bench["nothing"], 11, CancellationToken.None)).ShouldBeNull();
    }
}
