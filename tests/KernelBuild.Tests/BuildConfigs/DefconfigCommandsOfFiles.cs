using KernelBuild.BuildConfigs;
using KernelBuild.Caching;
using KernelBuild.Configure;
using KernelBuild.Device;
using KernelBuild.Diagnostics;
using KernelBuild.Iommu.Prediction;
using KernelBuild.Stages;
using KernelBuild.Testing.Devices;
using KernelBuild.Tests.Configure;
using KernelBuild.Toolchains;

namespace KernelBuild.Tests.BuildConfigs;

/// <summary>
/// PRE_DEFCONFIG_CMDS and POST_DEFCONFIG_CMDS: .config is compared with what bash, make and the kernel's own scripts give by the book, in a
/// copy of the tree.
/// </summary>
public sealed class DefconfigCommandsOfFiles : IDisposable
{
    private const string Configs = "${ROOT_DIR}/${KERNEL_DIR}/arch/arm64/configs";

    private readonly TestDevice _bench = new();
    private Toolchain? _toolchain;

    public void Dispose() => _bench.Dispose();

    public static TheoryData<string, string, string> Idioms
    {
        get
        {
            const string Update = """
                function update_config() {
                  ${KERNEL_DIR}/scripts/config --file ${OUT_DIR}/.config -d LTO -m CONFIG_DRIVER \
                       --set-val SHIFT 7 --set-str NAME "two words"
                  (cd ${OUT_DIR} && \
                   make O=${OUT_DIR} $archsubarch CC=${CC} CROSS_COMPILE=${CROSS_COMPILE} "${TOOL_ARGS[@]}" olddefconfig)
                }

                """;
            var merge = $"KCONFIG_CONFIG={Configs}/${{DEFCONFIG}} ${{ROOT_DIR}}/${{KERNEL_DIR}}/scripts/kconfig/merge_config.sh -m -r "
                + $"{Configs}/gki_defconfig {Configs}/phone.fragment";
            return new TheoryData<string, string, string>
            {
                { "merged", "", $"DEFCONFIG=phone_defconfig\nPRE_DEFCONFIG_CMDS=\"{merge}\"\nPOST_DEFCONFIG_CMDS=\"rm "
                    + $"{Configs}/${{DEFCONFIG}}\"\n" },
                { "merged in a folder", "kernel-5.10",
                    $"DEFCONFIG=phone_defconfig\nPRE_DEFCONFIG_CMDS=\"{merge}\"\nPOST_DEFCONFIG_CMDS=\"rm {Configs}/${{DEFCONFIG}}\"\n" },
                { "by a shell", "kernel-5.10", $"DEFCONFIG=vendor/new_defconfig\nPRE_DEFCONFIG_CMDS=\"export "
                    + $"KCONFIG_CONFIG={Configs}/${{DEFCONFIG}}; bash -e ${{ROOT_DIR}}/${{KERNEL_DIR}}/scripts/kconfig/merge_config.sh "
                        + $"-m {Configs}/gki_defconfig {Configs}/vendor/board.config; unset KCONFIG_CONFIG\"\n" },
                { "concatenated", "", $"DEFCONFIG=phone_defconfig\nPRE_DEFCONFIG_CMDS=\"cat {Configs}/gki_defconfig "
                    + $"{Configs}/phone.fragment > {Configs}/${{DEFCONFIG}};\"\nPRE_DEFCONFIG_CMDS+=\" echo CONFIG_SHIFT=9 >> "
                        + $"{Configs}/${{DEFCONFIG}};\"\n" },
                { "edited", "kernel-5.10", $"DEFCONFIG=phone_defconfig\nPRE_DEFCONFIG_CMDS=\"cp {Configs}/gki_defconfig "
                    + $"{Configs}/phone_defconfig && sed -i -e s/gki/sed/ {Configs}/phone_defconfig\"\n" },
                { "updated", "", $"DEFCONFIG=gki_defconfig\nPOST_DEFCONFIG_CMDS=\"check_defconfig && update_config\"\n{Update}" },
                { "appended", "kernel-5.10", $"DEFCONFIG=gki_defconfig\nPOST_DEFCONFIG_CMDS=check_defconfig\nappend_cmd "
                    + $"POST_DEFCONFIG_CMDS update_config\n{Update}" },
                { "merged after", "", "DEFCONFIG=gki_defconfig\nPOST_DEFCONFIG_CMDS=\"merge_after\"\nfunction merge_after() { "
                    + "${ROOT_DIR}/${KERNEL_DIR}/scripts/kconfig/merge_config.sh -m -O ${OUT_DIR} ${OUT_DIR}/.config "
                        + "${ROOT_DIR}/${KERNEL_DIR}/arch/arm64/configs/phone.fragment; }\n" },
                { "asked first", "", "DEFCONFIG=gki_defconfig\nPOST_DEFCONFIG_CMDS=\"ask\"\nfunction ask() { if grep -q CONFIG_LTO=y "
                    + "${OUT_DIR}/.config; then for one in DRIVER; do ${ROOT_DIR}/${KERNEL_DIR}/scripts/config --file "
                        + "${OUT_DIR}/.config -e $one; done; fi; ${ROOT_DIR}/${KERNEL_DIR}/scripts/config --file ${OUT_DIR}/.config -u "
                            + "CFI; }\n" },
                { "several defconfigs", "", "DEFCONFIG='gki_defconfig vendor/board.config'\nPOST_DEFCONFIG_CMDS=update_config\n" + Update },
            };
        }
    }

    private async Task<(KernelConfig Config, ConfiguredKernel Result)> ConfigureAsync(string folder, string text, Func<DeviceBuild,
        DeviceBuild>? project = null)
    {
        SmallKernel.Write(_bench, folder);
        var file = Path.Combine(folder, "build.config");
        _bench.Files.Write(Path.Combine("vendor", file), "ARCH=arm64\n" + text);
        Oracle.Git(_bench.Files.Folder("vendor"), "init", "-q");
        var source = await _bench.FetchAsync("path:../../vendor");
        Oracle.Text(_bench.Files.Path, "mkdir", "-p", _bench.Folders.Work);
        Oracle.Text(_bench.Files.Path, "cp", "-r", _bench["vendor"], _bench.Folders.Tree);
        var device = (project ?? (one => one))(_bench.Device("path:../../vendor") with { Defconfigs = [], BuildConfigs = [file],
            KernelFolder = folder, CompilerCache = CompilerCacheSetting.Off });
        var plan = ToolchainPlan.For(device.Toolchain, new KernelVersion(6, 1), []);
        _toolchain = (await Toolchain.ProbeAsync(plan, null, _bench.Cache, _bench.Folders.Tools, CancellationToken.None)).WithLinks([]);
        device = BuildConfigPlan.Of(device, await new BuildConfigShell(device, _toolchain).SourceAsync(CancellationToken.None),
            Path.Exists).Device;
        var stage = new ConfigureStage(
            device with { Modules = false }, await _bench.StoreAsync(), _toolchain, StageRecords.Load(_bench["records.json"]), _bench.Log);
        var result = await stage.RunAsync(source.Commit, CancellationToken.None);
        return (KernelConfig.Load(Path.Combine(_bench.Folders.Output, ".config")), result);
    }

    /// <summary>As AOSP's build.sh has it, in a copy of the source: eval, make DEFCONFIG, eval; then the merge of further words of
    /// DEFCONFIG.</summary>
    private string ByTheBook(string folder)
    {
        const string Script = """
            set -a; . $ROOT_DIR/$BUILD_CONFIG; set +a
            TOOL_ARGS=("$@")
            check_defconfig() { :; }
            make() { command make -C $ROOT_DIR/$KERNEL_DIR "${TOOL_ARGS[@]}" O=$OUT_DIR "${@: -1}"; }
            words=($DEFCONFIG)
            eval ${PRE_DEFCONFIG_CMDS}
            make KBUILD_DEFCONFIG=x ${words[0]} || exit
            K=$ROOT_DIR/$KERNEL_DIR
            for one in "${words[@]:1}"; do $K/scripts/kconfig/merge_config.sh -m -O $OUT_DIR $OUT_DIR/.config $K/arch/arm64/configs/$one; done
            eval ${POST_DEFCONFIG_CMDS}
            make olddefconfig
            """;
        const string Functions = """
            append_cmd() { if [ ! -z "${!1}" ]; then eval "$1=\"${!1} && \$2\""; else eval "$1=\"\$2\""; fi; }

            """;
        var root = _bench["book"];
        Oracle.Text(_bench.Files.Path, "cp", "-r", _bench["vendor"], root);
        var output = _bench.Files.Folder("book-out");
        Oracle.Text(
            root, "env",
            [
                "-i", "PATH=" + _toolchain!.Folder, "LC_ALL=C", "ROOT_DIR=" + root, "KERNEL_DIR=" + (folder.Length > 0 ? folder : "."),
                    "OUT_DIR=" + output,
                "BUILD_CONFIG=" + Path.Combine(folder, "build.config"), "bash", "-c", Functions + Script, "build.sh", "ARCH=arm64",
                    .. _toolchain.Plan.MakeVariables,
            ]);
        return File.ReadAllText(Path.Combine(output, ".config"));
    }

    [TheoryWithKernelTree]
    [MemberData(nameof(Idioms))]
    public async Task The_configuration_is_that_of_the_book(string idiom, string folder, string text)
    {
        await ConfigureAsync(folder, text);
        File.ReadAllText(Path.Combine(_bench.Folders.Output, ".config")).ShouldBe(ByTheBook(folder), idiom);
        Oracle.Text(_bench.Folders.Tree, "diff", "-r", "--no-dereference", _bench["vendor"], _bench.Folders.Tree).ShouldBe("");
        _bench.Log.Findings.ShouldNotContain(finding => finding.Code == DiagnosticCodes.BuildConfigCommandsNotRun);
    }

    [FactWithKernelTree]
    public async Task Other_commands_do_not_run_and_are_named_in_KB4013()
    {
        var (config, result) = await ConfigureAsync(
            "kernel-5.10",
            "DEFCONFIG=gki_defconfig\nPOST_DEFCONFIG_CMDS=\"other\"\nfunction other() { "
                + "${ROOT_DIR}/${KERNEL_DIR}/scripts/setlocalversion; gzip -k ${OUT_DIR}/.config; "
            + "rm -rf ${ROOT_DIR}/${KERNEL_DIR}/scripts; echo x > ${ROOT_DIR}/${KERNEL_DIR}/scripts/new; bash -c 'touch "
                + "${ROOT_DIR}/y'; make O=${OUT_DIR} Image; "
            + "env touch ${ROOT_DIR}/z; ${ROOT_DIR}/${KERNEL_DIR}/scripts/config --file ${OUT_DIR}/.config -d LTO; }\n");
        config["CONFIG_LTO"].ShouldBe("n");
        var finding = _bench.Log.Findings.Single(finding => finding.Code == DiagnosticCodes.BuildConfigCommandsNotRun);
        finding.Severity.ShouldBe(DiagnosticSeverity.Warning);
        finding.Details.Select(line => line.Split(' ')[0]).ShouldBe(
            ["${ROOT_DIR}/${KERNEL_DIR}/scripts/setlocalversion", "gzip", "rm", "echo", "bash", "make", "env"]);
        result.CommandsNotRun.ShouldBe(finding.Details);
        result.CommandsRun.Single().ShouldBe("scripts/config --file out/.config -d LTO");
        Oracle.Text(_bench.Folders.Tree, "diff", "-r", "--no-dereference", _bench["vendor"], _bench.Folders.Tree).ShouldBe("");
    }

    [FactWithKernelTree]
    public async Task A_command_that_fails_is_KB4011_with_what_it_printed()
    {
        var finding = await Findings.OfAsync(
            DiagnosticCodes.BuildConfigFailed,
            () => ConfigureAsync("", $"DEFCONFIG=x_defconfig\nPRE_DEFCONFIG_CMDS=\"cat {Configs}/gone > {Configs}/x_defconfig\"\n"));
        finding.Message.ShouldContain("PRE_DEFCONFIG_CMDS");
        finding.Details.ShouldContain(line => line.Contains("gone: No such file", StringComparison.Ordinal));
    }

    [FactWithKernelTree]
    public async Task Fragments_of_the_project_win_over_the_commands()
    {
        var fragment = _bench.Files.Write("kernels/demo/demo.config", "CONFIG_LTO=y\nCONFIG_SHIFT=2\n");
        var text = "DEFCONFIG=gki_defconfig\nPOST_DEFCONFIG_CMDS=update\nfunction update() { ${KERNEL_DIR}/scripts/config --file "
            + "${OUT_DIR}/.config -d LTO --set-val SHIFT 7 -e DRIVER -e NOWHERE; }\n";
        var (config, _) = await ConfigureAsync("", text, device => device with { ConfigFragments = [fragment] });
        (config["CONFIG_LTO"], config["CONFIG_SHIFT"], config["CONFIG_DRIVER"]).ShouldBe(("y", "2", "y"));
        _bench.Log.Findings.Single(finding => finding.Code == DiagnosticCodes.SymbolsOfTreeNotSet).Details.ShouldBe(["CONFIG_NOWHERE=y "
            + "is n"]);
    }
}
