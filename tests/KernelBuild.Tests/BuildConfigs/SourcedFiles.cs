using KernelBuild.BuildConfigs;
using KernelBuild.Diagnostics;

namespace KernelBuild.Tests.BuildConfigs;

/// <summary>Variables of build.config files: every one is compared with what bash exports by the book.</summary>
public sealed class SourcedFiles : IDisposable
{
    private const string Common = """
        BRANCH=android12-5.10
        LLVM=1
        CLANG_PREBUILT_BIN=prebuilts-master/clang/host/linux-x86/clang-r416183b/bin
        KCFLAGS="${KCFLAGS} -D__ANDROID_COMMON_KERNEL__"
        EXTRA_CMDS=''
        HERMETIC_TOOLCHAIN=${HERMETIC_TOOLCHAIN:-1}

        """;

    private readonly BuildConfigTree _tree = new();

    public void Dispose() => _tree.Dispose();

    public static TheoryData<string, string> Files => new()
    {
        {
            ".",
            ". ${ROOT_DIR}/${KERNEL_DIR}/build.config.common\nDEFCONFIG=gki_defconfig\nMAKE_GOALS=\"\nImage\nmodules\n\"\nMAKE_GOALS=\"${MAKE_GOALS}\nImage.lz4\n\""
        },
        { "kernel-5.10", ". ${ROOT_DIR}/${KERNEL_DIR}/build.config.common\nexport A=\"two words\" "
            + "'B=x;y'\nC=$'tab\\tnew\\nline'\nD=größe\n" },
        { "kernel-5.10", "if [ \"${VARIANT:-user}\" = user ]; then\n  for one in a b; do LIST+=\" $one\"; done\nfi\nunset one\n" },
        { ".", "function f() { ${KERNEL_DIR}/scripts/config --file ${OUT_DIR}/.config -d LTO; "
            + "}\nPOST_DEFCONFIG_CMDS=check_defconfig\nappend_cmd POST_DEFCONFIG_CMDS f\nappend_cmd EXTRA_CMDS \"lz4 \\\"a b\\\"\"\n" },
        { ".", "KERNEL_DIR=${KERNEL_DIR:-common}\nWHERE=$(readlink -f ${ROOT_DIR}/build.config.common)\nHERE=$(cd ${ROOT_DIR} && "
            + "pwd)\nSTAMP=$(date -d @0 +%F)\n" },
        { ".", "declare -x E=1\nreadonly F=2\nlocal_arch=arm64\nexport -n HIDDEN\nG=\"a=b\"\nEMPTY=\n[ -n \"$EMPTY\" ] && H=1\n" },
        {
            ".",
            "source ${ROOT_DIR}/${KERNEL_DIR}/build.config.common\nX=${BASH_SOURCE[0]##*/}\nFILES=\"${FILES}\narch/arm64/boot/Image:kernel\n\"\nARRAY=(a b)\nI=$((2 + 3))\n"
        },
    };

    [TheoryWith("bash", "env")]
    [MemberData(nameof(Files))]
    public async Task Every_variable_is_what_bash_exports(string kernelDir, string text)
    {
        var file = kernelDir == "." ? "build.config.phone" : kernelDir + "/build.config.phone";
        _tree.Write(Path.Combine(kernelDir, "build.config.common"), Common).Write(file, text);
        var config = await _tree.SourceAsync(_tree.Device(file));
        config.Variables.ShouldBe(await _tree.ByTheBookAsync(file, kernelDir), ignoreOrder: true);
    }

    [FactWith("bash")]
    public async Task Further_files_and_BUILD_CONFIG_FRAGMENTS_are_sourced_after_the_first()
    {
        _tree.Write("build.config.a", "A=1\nB=1\nBUILD_CONFIG_FRAGMENTS=build.config.c\n").Write("build.config.c", "A=$A.$B.3\n");
        var own = _tree.Bench.Files.Write("kernels/demo/build.config.b", "B=2\n");
        (await _tree.SourceAsync(_tree.Device("build.config.a", own)))["A"].ShouldBe("1.2.3");
    }

    [FactWith("bash")]
    public async Task A_file_of_the_projects_own_may_source_those_of_the_tree()
    {
        _tree.Write("kernel-5.10/build.config.common", Common);
        var own = _tree.Bench.Files.Write("kernels/demo/build.config.phone", ". "
            + "${ROOT_DIR}/${KERNEL_DIR}/build.config.common\nDEFCONFIG=phone_defconfig\n");
        var config = await _tree.SourceAsync(_tree.Device(own) with { KernelFolder = "kernel-5.10" });
        (config["BRANCH"], config["KERNEL_DIR"], config["DEFCONFIG"]).ShouldBe(("android12-5.10", "kernel-5.10", "phone_defconfig"));
    }

    [FactWith("bash")]
    public async Task A_file_that_puts_the_kernel_into_common_is_read_where_the_source_is_the_kernel_alone()
    {
        _tree.Write("Makefile", "VERSION = 5\n").Write("build.config.common", Common)
            .Write("build.config.phone", "KERNEL_DIR=common\n. ${ROOT_DIR}/${KERNEL_DIR}/build.config.common\nF=${ROOT_DIR}/common/x\n");
        var config = await _tree.SourceAsync(_tree.Device("build.config.phone"));
        (config["BRANCH"], config["F"], config["ROOT_DIR"]).ShouldBe(("android12-5.10", _tree.Tree + "/common/x", _tree.Tree));
        Directory.EnumerateFileSystemEntries(_tree.Tree).Select(Path.GetFileName).Order(StringComparer.Ordinal)
            .ShouldBe(["Makefile", "build.config.common", "build.config.phone"]);
    }

    [FactWith("bash")]
    public async Task The_environment_of_the_host_does_not_reach_it()
    {
        _tree.Write("build.config", "H=${HOME:-none}${USER:-none}${KERNELBUILD_TEST:-none}\n");
        (await _tree.SourceAsync(_tree.Device("build.config")))["H"].ShouldBe("nonenonenone");
    }

    [FactWith("bash")]
    public async Task A_program_that_is_absent_is_KB4011_with_the_line_and_the_item_that_brings_it()
    {
        _tree.Write("build.config", "A=1\nB=$(no-such-program --version)\nC=3\n");
        var finding = await FailureAsync();
        (finding.File, finding.Line).ShouldBe((Path.Combine(_tree.Tree, "build.config"), 2));
        finding.Message.ShouldContain("no-such-program: command not found");
        finding.Fix.ShouldContain("<BuildProgram Include=\"no-such-program\" />");
    }

    [FactWith("bash")]
    public async Task A_file_that_it_sources_in_vain_is_KB4011_with_its_KERNEL_DIR()
    {
        _tree.Write("build.config", "\n. ${ROOT_DIR}/${KERNEL_DIR}/build.config.gone\nDEFCONFIG=x\n");
        var finding = await FailureAsync();
        finding.Line.ShouldBe(2);
        finding.Message.ShouldContain("build.config.gone: No such file or directory");
        finding.Fix.ShouldContain("KERNEL_DIR is '.'");
    }

    [FactWith("bash")]
    public async Task A_syntax_error_is_KB4011_with_the_line_that_bash_names()
    {
        _tree.Write("build.config", "A=1\nif true; then\nB=2\n}\n");
        (await FailureAsync()).Line.ShouldBe(4);
        _tree.Write("build.config", "A='x\nB=2\n");
        (await FailureAsync()).Message.ShouldContain("unexpected EOF");
    }

    [FactWith("bash")]
    public async Task A_file_that_ends_the_shell_is_KB4011_with_what_it_printed()
    {
        _tree.Write("build.config", "if [ -z \"$LTO\" ]; then echo needs LTO >&2; exit 3; fi\n");
        var finding = await FailureAsync();
        finding.Message.ShouldContain("exit code 3");
        finding.Details.ShouldBe(["needs LTO"]);
        _tree.Write("build.config", "exit 0\n");
        (await FailureAsync()).Message.ShouldContain("exit code 0");
    }

    [FactWith("bash")]
    public async Task A_test_with_an_empty_word_is_no_failure()
    {
        _tree.Write("build.config", "[ $NOTHING = y ] && A=1\nB=2\n");
        (await _tree.SourceAsync(_tree.Device("build.config")))["B"].ShouldBe("2");
    }

    [FactWith("bash")]
    public async Task A_file_that_is_not_there_is_KB4011_with_those_that_are()
    {
        _tree.Write("build.config.gki", "").Write("build.config.common", "");
        var finding = await Findings.OfAsync(DiagnosticCodes.BuildConfigFailed, () => _tree.SourceAsync(_tree.Device("build.config.gone")));
        finding.Fix.ShouldEndWith("there are: build.config.common, build.config.gki");
    }

    private Task<Diagnostic> FailureAsync() =>
        Findings.OfAsync(DiagnosticCodes.BuildConfigFailed, () => _tree.SourceAsync(_tree.Device("build.config")));
}
