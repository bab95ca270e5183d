using KernelBuild.BuildConfigs;
using KernelBuild.Device;
using KernelBuild.Diagnostics;

namespace KernelBuild.Tests.BuildConfigs;

/// <summary>Which variable becomes what of a device, and who wins.</summary>
public sealed class Plans : IDisposable
{
    private const string Gki = """
        ARCH=arm64
        LLVM=1
        LLVM_IAS=1
        BRANCH=android13-5.15
        KMI_GENERATION=8
        CROSS_COMPILE=aarch64-linux-gnu-
        CROSS_COMPILE_COMPAT=arm-linux-gnueabi-
        CLANG_PREBUILT_BIN=prebuilts/clang/host/linux-x86/clang-r450784e/bin
        KCFLAGS=" -D__ANDROID_COMMON_KERNEL__"
        DEFCONFIG=gki_defconfig
        POST_DEFCONFIG_CMDS=check_defconfig
        MAKE_GOALS="
        Image
        modules
        qcom/board.dtb
        Image.lz4
        "
        FILES="
        arch/arm64/boot/Image
        arch/arm64/boot/dts/qcom/other.dtb
        arch/arm64/boot/dts/qcom/many*.dtb
        vmlinux
        "
        BOOT_IMAGE_HEADER_VERSION=2
        KERNEL_CMDLINE="console=ttyMSM0
        loglevel=7"
        PAGE_SIZE=2048
        DTC=dtc
        HOSTCFLAGS=--sysroot=prebuilts/sysroot
        EXT_MODULES="drivers/camera drivers/touch"
        VENDOR_RAMDISK_BINARY=vendor_ramdisk.img
        EXTRA_CMDS=lz4_compress
        MAKEFLAGS=-j1
        EMPTY=

        """;

    private readonly BuildConfigTree _tree = new();

    public void Dispose() => _tree.Dispose();

    private async Task<BuildConfigPlan> PlanAsync(Func<DeviceBuild, DeviceBuild>? project = null, string text = Gki)
    {
        _tree.Write("build.config", text).Write("arch/arm64/boot/dts/qcom/board.dts", "").Write("arch/arm64/boot/dts/qcom/other.dts", "");
        return await _tree.PlanAsync((project ?? (device => device))(_tree.Device("build.config")));
    }

    private static (BuildConfigFate Fate, string Detail) Of(BuildConfigPlan plan, string variable, string? value = null)
    {
        var entry = plan.Entries.Single(entry => entry.Variable == variable && (value is null || entry.Value == value));
        return (entry.Fate, entry.Detail);
    }

    [FactWith("bash")]
    public async Task What_has_an_item_or_a_property_is_its_value()
    {
        var device = (await PlanAsync()).Device;
        device.Defconfigs.ShouldBe(["gki_defconfig"]);
        device.DefconfigCommands.ShouldBe(new DefconfigCommands("", "check_defconfig"));
        (device.Toolchain.Clang, device.Toolchain.IntegratedAssembler, device.KCFlags).ShouldBe((14, true, "-D__ANDROID_COMMON_KERNEL__"));
        (device.KernelImage, device.Modules, device.BootImageVersion, device.PageSize).ShouldBe(("Image.lz4", true, 2, 2048));
        device.CommandLine.ShouldBe("console=ttyMSM0 loglevel=7");
        device.DeviceTrees.ShouldBe(["qcom/board.dts", "qcom/other.dts"]);
    }

    [FactWith("bash")]
    public async Task Modules_that_the_source_holds_are_items_and_trees_without_an_image_are_only_compiled()
    {
        _tree.Write("drivers/touch/Kbuild", "obj-m := touch.o\n");
        var plan = await PlanAsync(text: Gki.Replace("BOOT_IMAGE_HEADER_VERSION=2", "BOOT_IMAGE_HEADER_VERSION=3", StringComparison.Ordinal));
        plan.Device.ExternalModules.Select(module => module.Folder).ShouldBe(["drivers/touch"]);
        Of(plan, "EXT_MODULES", "drivers/touch").ShouldBe((BuildConfigFate.Taken, "ExternalModule"));
        Of(plan, "EXT_MODULES", "drivers/camera").ShouldBe((BuildConfigFate.NotTaken, "the source does not hold it"));
        (plan.Device.BootImageVersion, plan.Device.DeviceTreesInImage).ShouldBe((3, false));
        (await PlanAsync()).Device.DeviceTreesInImage.ShouldBeTrue();
    }

    [FactWith("bash")]
    public async Task What_the_project_states_wins_item_by_item()
    {
        var plan = await PlanAsync(device => device with
        {
            Defconfigs = ["defconfig"],
            Toolchain = new ToolchainRequest { Clang = 19, IntegratedAssembler = false },
            KCFlags = "-Os",
            KernelImage = "Image",
            BootImageVersion = 4,
            CommandLine = "quiet",
            DeviceTrees = ["own.dts"],
            Stated = ["KernelImage", "BootImageVersion", "Modules", "PageSize"],
        });
        var device = plan.Device;
        device.Defconfigs.ShouldBe(["defconfig"]);
        device.DefconfigCommands.ShouldBeNull();
        (device.Toolchain.Clang, device.Toolchain.IntegratedAssembler, device.KCFlags).ShouldBe((19, false, "-Os"));
        (device.KernelImage, device.Modules, device.BootImageVersion, device.PageSize).ShouldBe(("Image", false, 4, 4096));
        (device.CommandLine, device.DeviceTrees[0]).ShouldBe(("quiet", "own.dts"));
        plan.Entries.ShouldNotContain(entry => entry.Fate == BuildConfigFate.Taken);
        Of(plan, "DEFCONFIG").ShouldBe((BuildConfigFate.Overridden, "Defconfig"));
        plan.Lines().ShouldContain("the project wins: KERNEL_CMDLINE (console=ttyMSM0 loglevel=7), by KernelCommandLine");
    }

    [FactWith("bash")]
    public async Task What_is_not_taken_says_why_and_what_nobody_knows_of_stands_in_makes_environment()
    {
        var plan = await PlanAsync();
        Of(plan, "EXTRA_CMDS").ShouldBe((BuildConfigFate.NotTaken, "not run"));
        Of(plan, "VENDOR_RAMDISK_BINARY").Fate.ShouldBe(BuildConfigFate.NotTaken);
        Of(plan, "HOSTCFLAGS").Fate.ShouldBe(BuildConfigFate.NotTaken);
        Of(plan, "KMI_GENERATION").Fate.ShouldBe(BuildConfigFate.Environment);
        var environment = plan.Device.MakeEnvironment;
        (environment["BRANCH"], environment["CROSS_COMPILE_COMPAT"], environment["DTC"]).ShouldBe(("android13-5.15", "arm-linux-gnueabi-",
            "dtc"));
        string[] own = ["PATH", "MAKEFLAGS", "ARCH", "KCFLAGS", "HOSTCFLAGS", "CROSS_COMPILE", "LLVM", "LC_ALL", "TZ"];
        environment.Keys.Intersect(own).ShouldBeEmpty();
    }

    [FactWith("bash")]
    public async Task Every_variable_that_it_sets_is_accounted_for()
    {
        var plan = await PlanAsync();
        var set = Gki.Split('\n').Where(line => line.Contains('=', StringComparison.Ordinal)
            && char.IsAsciiLetterUpper(line[0])).Select(line => line.Split('=')[0]);
        set.Except(["ARCH", "EMPTY"]).Except(plan.Entries.Select(entry => entry.Variable)).ShouldBeEmpty();
    }

    [TheoryWith("bash")]
    [InlineData("MAKE_GOALS='Image Image.gz'", "Image.gz")]
    [InlineData("MAKE_GOALS='Image.lz4 Image dtbs'", "Image.lz4")]
    [InlineData("MAKE_GOALS='Image modules'", "Image")]
    [InlineData("MAKE_GOALS=Image\nFILES='arch/arm64/boot/Image.lz4\nvmlinux'", "Image.lz4")]
    [InlineData("FILES='arch/arm64/boot/Image:kernel\nvmlinux:vmlinux'", "Image")]
    [InlineData("FILES='arch/arm64/boot/Image.gz-dtb'", "Image.gz-dtb")]
    [InlineData("MAKE_GOALS='Image Image.gz'\nKERNEL_BINARY=Image", "Image")]
    [InlineData("FILES='vmlinux System.map'", "Image.xz")]
    public async Task The_image_is_the_one_that_the_file_asks_for(string text, string expected)
    {
        var plan = await PlanAsync(device => device with { KernelImage = "Image.xz" }, "DEFCONFIG=x\n" + text + "\n");
        plan.Device.KernelImage.ShouldBe(expected);
    }

    [TheoryWith("bash")]
    [InlineData("CC=clang", "clang")]
    [InlineData("CC=gcc", "gcc")]
    [InlineData("CC=aarch64-linux-android-gcc", "gcc")]
    [InlineData("CC=aarch64-linux-android-gcc\nLLVM=1", "clang")]
    [InlineData("CC='ccache clang'", "clang")]
    public async Task The_compiler_is_the_one_that_the_file_names(string text, string expected) =>
        (await PlanAsync(text: "DEFCONFIG=x\n" + text + "\n")).Device.Toolchain.Compiler.ShouldBe(expected);

    [FactWith("bash")]
    public async Task A_prebuilt_of_clang_is_taken_where_the_source_holds_it()
    {
        _tree.Write("prebuilts/clang/host/linux-x86/clang-r450784e/bin/clang", "");
        var plan = await PlanAsync();
        plan.Device.Toolchain.Folder.ShouldBe(Path.Combine(_tree.Tree, "prebuilts/clang/host/linux-x86/clang-r450784e/bin"));
        Of(plan, "CLANG_PREBUILT_BIN").ShouldBe((BuildConfigFate.Taken, "ToolchainFolder"));
    }

    [TheoryWith("bash")]
    [InlineData("clang-r416183b/bin", "clang 12")]
    [InlineData("clang-r999999/bin", "not known")]
    [InlineData("clang-4679922/bin", "not known")]
    public async Task A_prebuilt_that_cannot_be_had_is_named_and_not_taken(string path, string expected)
    {
        var plan = await PlanAsync(text: $"DEFCONFIG=x\nCLANG_PREBUILT_BIN=prebuilts-master/clang/host/linux-x86/{path}\n");
        (plan.Device.Toolchain.Clang, plan.Device.Toolchain.Folder).ShouldBe((null, null));
        Of(plan, "CLANG_PREBUILT_BIN").Detail.ShouldContain(expected);
    }

    [FactWith("bash")]
    public async Task A_folder_that_it_names_is_the_kernels_where_a_kernel_stands_there()
    {
        _tree.Write("private/gs-google/Makefile", "VERSION = 5\n");
        var plan = await PlanAsync(text: "KERNEL_DIR=private/gs-google\nDEFCONFIG=slider_gki_defconfig\n");
        plan.Device.KernelFolder.ShouldBe("private/gs-google");
        (await PlanAsync(device => device with { KernelFolder = "aosp" }, "KERNEL_DIR=private/gs-google\nDEFCONFIG=x\n"))
            .Device.KernelFolder.ShouldBe("aosp");
    }

    [FactWith("bash")]
    public async Task Another_architecture_is_KB4012()
    {
        var finding = await Findings.OfAsync(DiagnosticCodes.BuildConfigUnsupported, () =>
            PlanAsync(text: "ARCH=x86_64\nDEFCONFIG=gki_defconfig\n"));
        finding.Message.ShouldContain("ARCH=x86_64");
    }

    [FactWith("bash")]
    public async Task No_defconfig_at_all_is_KB4012()
    {
        (await Findings.OfAsync(DiagnosticCodes.BuildConfigUnsupported, () =>
            PlanAsync(text: "ARCH=arm64\n"))).Fix.ShouldContain("Defconfig");
        (await PlanAsync(device => device with { Defconfigs = ["defconfig"] }, "ARCH=arm64\n")).Device.Defconfigs.ShouldBe(["defconfig"]);
    }

    [FactWith("bash")]
    public async Task A_header_version_that_is_not_packed_is_named() =>
        Of(await PlanAsync(text: "DEFCONFIG=x\nBOOT_IMAGE_HEADER_VERSION=5\n"),
            "BOOT_IMAGE_HEADER_VERSION").Fate.ShouldBe(BuildConfigFate.NotTaken);
}
