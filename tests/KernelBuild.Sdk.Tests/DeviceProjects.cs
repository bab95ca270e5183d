using KernelBuild.Caching;
using KernelBuild.Device;
using KernelBuild.Diagnostics;
using KernelBuild.Sdk.Tasks;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

namespace KernelBuild.Sdk.Tests;

/// <summary>Properties and items of a device project, and the record that they become.</summary>
public sealed class DeviceProjects : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly RecordingEngine _engine = new();
    private readonly PrepareBuild _task;

    public DeviceProjects() => _task = Prepared();

    private PrepareBuild Prepared() => new()
    {
        BuildEngine = _engine,
        DeviceName = "demo",
        ProjectFile = _folder.Write("kernels/demo/demo.kernelproj", "<Project />"),
        RootFolder = _folder.Path + "/",
        Architecture = "arm64",
        Clang = "19",
        KernelSource = [new TaskItem("debian:linux-source-6.1")],
        Defconfig = [new TaskItem("tinyconfig")],
        BootImageVersion = "4",
        KernelImage = "Image.gz",
        PageSize = "4096",
        BootTestTimeout = "120",
        Timestamp = "Sat Jan  1 00:00:00 UTC 2000",
        User = "u",
        Host = "h",
        BuildVersion = "1",
    };

    public void Dispose()
    {
        _task.Dispose();
        _folder.Dispose();
    }

    private string InDevice(string name) => _folder["kernels/demo/" + name];

    private Diagnostic Refusal() => Findings.Of(DiagnosticCodes.DeviceInvalid, () => _task.Device());

    [Fact]
    public void A_build_config_stands_in_for_a_defconfig_and_what_the_project_states_is_known()
    {
        _task.Defconfig = [];
        Refusal().Message.ShouldContain("Defconfig");
        _folder.Write("kernels/demo/build.config.own", "");
        _task.BuildConfigs = [new TaskItem("build.config.gki.aarch64"), new TaskItem("build.config.own")];
        _task.Stated = ";KernelImage;PageSize";
        var device = _task.Device();
        device.Defconfigs.ShouldBeEmpty();
        device.BuildConfigs.ShouldBe(["build.config.gki.aarch64", InDevice("build.config.own")]);
        device.Stated.ShouldBe(["KernelImage", "PageSize"]);
    }

    [Fact]
    public void What_the_project_leaves_out_is_empty_or_absent()
    {
        var device = _task.Device();
        (device.Name, device.RootFolder, device.KernelSource.Include).ShouldBe(("demo", _folder.Path, "debian:linux-source-6.1"));
        device.Defconfigs.ShouldBe(["tinyconfig"]);
        (device.Toolchain.Clang, device.BootImageVersion, device.KernelImage, device.PageSize).ShouldBe((19, 4, "Image.gz", 4096));
        (device.Toolchain.Folder, device.StockBootImage, device.BootImageKey).ShouldBe((null, null, null));
        device.PatchSeries.ShouldBeEmpty();
        device.ConfigFragments.ShouldBeEmpty();
        device.DeviceTrees.ShouldBeEmpty();
        device.Ramdisk.ShouldBeEmpty();
        device.Identity.ShouldBe(new BuildIdentity("Sat Jan  1 00:00:00 UTC 2000", "u", "h", "1"));
        device.Emulation.TimeoutSeconds.ShouldBe(120);
        device.Emulation.ExpectedGroups.ShouldBeNull();
        device.WithoutPatches.ShouldBeFalse();
        device.CompilerCache.ShouldBe(CompilerCacheSetting.Default);
    }

    [Fact]
    public void Paths_are_meant_from_the_projects_folder()
    {
        _task.PatchSeries = [new TaskItem("../../patches/tune/")];
        _task.ConfigFragments = [new TaskItem("demo.config")];
        _task.ToolchainFolder = "tools";
        _task.StockBootImage = "stock.img";
        _task.ExpectedGroups = "expected-groups.txt";
        var device = _task.Device();
        device.PatchSeries.ShouldBe([_folder["patches/tune"]]);
        device.ConfigFragments.ShouldBe([InDevice("demo.config")]);
        device.Toolchain.Folder.ShouldBe(InDevice("tools"));
        device.StockBootImage.ShouldBe(InDevice("stock.img"));
        device.Emulation.ExpectedGroups.ShouldBe(InDevice("expected-groups.txt"));
    }

    [Fact]
    public void A_device_tree_is_the_kernels_unless_the_folder_has_it()
    {
        _folder.Write("kernels/demo/board.dts", "/dts-v1/; / { };");
        _task.DeviceTrees = [new TaskItem("board.dts"), new TaskItem("qcom/sdm845-mtp.dts")];
        _task.Device().DeviceTrees.ShouldBe([InDevice("board.dts"), "qcom/sdm845-mtp.dts"]);
    }

    [Fact]
    public void The_ramdisk_is_in_the_order_of_its_paths_whatever_the_projects_is()
    {
        _task.Ramdisk =
        [
            Item("run.sh", "/init", "0755"), Item("link:/bin/busybox", "bin/sh"),
            Item("debian:busybox-static:arm64!bin/busybox", "bin/busybox"), Item("directory:", "a/"),
        ];
        _task.Device().Ramdisk.ShouldBe(
        [
            new RamdiskItem("a", "directory:", ""),
            new RamdiskItem("bin/busybox", "debian:busybox-static:arm64!bin/busybox", ""),
            new RamdiskItem("bin/sh", "link:/bin/busybox", ""),
            new RamdiskItem("init", InDevice("run.sh"), "0755"),
        ]);

        static ITaskItem Item(string source, string path, string mode = "")
        {
            var item = new TaskItem(source);
            item.SetMetadata("Path", path);
            item.SetMetadata("Mode", mode);
            return item;
        }
    }

    [Fact]
    public void Arguments_of_QEMU_are_separated_by_any_white_space()
    {
        _task.QemuArguments = "\n  -M virt\n  -smp\t2 ";
        _task.BootTestCommandLine = " quiet ";
        var emulation = _task.Device().Emulation;
        emulation.QemuArguments.ShouldBe(["-M", "virt", "-smp", "2"]);
        emulation.CommandLine.ShouldBe("quiet");
    }

    [Theory]
    [InlineData(nameof(PrepareBuild.Architecture), "arm", "only arm64")]
    [InlineData(nameof(PrepareBuild.Clang), "10", "from 11 to 99")]
    [InlineData(nameof(PrepareBuild.Clang), "19.1", "from 11 to 99")]
    [InlineData(nameof(PrepareBuild.Compiler), "tcc", "clang or gcc")]
    [InlineData(nameof(PrepareBuild.IntegratedAssembler), "yes", "true or false")]
    [InlineData(nameof(PrepareBuild.BootImageVersion), "5", "a number from 0 to 4")]
    [InlineData(nameof(PrepareBuild.KernelImage), "zImage", "expected one of Image, Image.gz")]
    [InlineData(nameof(PrepareBuild.PageSize), "-4096", "from 2048 to 16384")]
    [InlineData(nameof(PrepareBuild.BootTestTimeout), "0", "from 1 to 86400")]
    public void A_value_that_cannot_be_built_is_KB9003_in_the_project(string property, string value, string expected)
    {
        typeof(PrepareBuild).GetProperty(property)!.SetValue(_task, value);
        var finding = Refusal();
        finding.Message.ShouldContain($"{property} is '{value}'");
        finding.Message.ShouldContain(expected);
        finding.File.ShouldBe(_task.ProjectFile);
    }

    [Fact]
    public void What_a_vendors_tree_wants_is_taken_over()
    {
        _folder.Write("kernels/demo/own_defconfig", "CONFIG_PCI=y\n");
        _task.Clang = "";
        _task.IntegratedAssembler = "false";
        _task.MakeVariables = [new TaskItem("PLATFORM_VERSION=11"), new TaskItem("ANDROID_MAJOR_VERSION=r")];
        _task.KCFlags = " -D__ANDROID_COMMON_KERNEL__ ";
        _task.BuildPrograms = [new TaskItem("rsync")];
        _task.Defconfig = [new TaskItem("gki_defconfig"), new TaskItem("vendor/waipio_GKI.config"), new TaskItem("own_defconfig")];
        _task.KernelSource = [new TaskItem("path:../../vendor", new Dictionary<string, string> { ["KernelFolder"] = "kernel-5.15/" })];
        var device = _task.Device();
        device.Toolchain.Clang.ShouldBeNull();
        device.Toolchain.IntegratedAssembler.ShouldBe(false);
        device.Toolchain.Programs.ShouldBe(["rsync"]);
        device.MakeVariables.ShouldBe(["PLATFORM_VERSION=11", "ANDROID_MAJOR_VERSION=r"]);
        device.KCFlags.ShouldBe("-D__ANDROID_COMMON_KERNEL__");
        device.Defconfigs.ShouldBe(["gki_defconfig", "vendor/waipio_GKI.config", InDevice("own_defconfig")]);
        device.KernelRoot.ShouldBe(Path.Combine(device.Folders.Tree, "kernel-5.15"));
    }

    [Fact]
    public void A_property_that_another_takes_the_effect_from_is_refused()
    {
        _task.Compiler = "gcc";
        Refusal().Message.ShouldContain("Compiler is gcc");
        _task.Clang = "";
        _task.Device().Toolchain.Compiler.ShouldBe("gcc");
        _task.ModulesInRamdisk = true;
        _task.Device().Modules.ShouldBeTrue();
        _task.StockBootImage = "stock.img";
        Refusal().Message.ShouldContain("no Ramdisk items");
    }

    [Fact]
    public void What_another_property_takes_the_effect_from_is_refused_for_each_image()
    {
        void Refuse(string words, Action<PrepareBuild> set)
        {
            using var task = Prepared();
            set(task);
            Findings.Of(DiagnosticCodes.DeviceInvalid, () => task.Device()).Message.ShouldContain(words);
        }

        Refuse("neither StockVendorBootImage nor VendorBootImage", task => task.VendorCommandLine = "a=b");
        Refuse("neither StockVendorBootImage nor VendorBootImage", task => task.BootConfig = [new TaskItem("a=b")]);
        Refuse("neither StockVendorBootImage nor VendorBootImage", task => task.ModulesInVendorBoot = true);
        Refuse("set one of the two", task => (task.VendorBootImage, task.StockVendorBootImage) = (true, "v.img"));
        Refuse("set one of the two", task => (task.InitBootImage, task.StockInitBootImage) = (true, "i.img"));
        Refuse("header version 3 or 4", task => (task.VendorBootImage, task.BootImageVersion) = (true, "2"));
        Refuse("header version 4, and BootImageVersion is 3", task => (task.InitBootImage, task.BootImageVersion) = (true, "3"));
        Refuse("no Ramdisk items", task => task.InitBootImage = true);
        Refuse("no DtboImage items", task => task.StockDtboImage = "dtbo.img");
        Refuse("no DtboImage items", task => task.DtboPageSize = "4096");
        Refuse("whose header stays", task =>
            (task.StockDtboImage, task.DtboPageSize, task.DtboImage) = ("dtbo.img", "4096", [Entry("a.dtso", "Id", "1")]));
        Refuse("has no bootconfig", task => (task.VendorBootImage, task.BootImageVersion, task.BootConfig) = (true, "3", [new TaskItem("a=b")]));
        Refuse("no DeviceTree items", task => task.AppendDeviceTrees = true);
        Refuse("cannot be done with vmlinux", task =>
            (task.AppendDeviceTrees, task.KernelImage, task.DeviceTrees) = (true, "vmlinux", [new TaskItem("a.dts")]));
        Refuse("Modules is not true", task => task.ModuleLoad = [new TaskItem("a.ko")]);
        Refuse("Modules is not true", task => task.ModuleSigningKey = "key.pem");
        Refuse("signs the AVB metadata of StockBootImage", task => task.BootImageKey = "key.pem");
        Refuse("Id has no effect", task => task.DtboImage = [Entry("dtboimg.cfg", "Id", "1")]);
        Refuse("has Flags, which entries of DtboVersion 0 do not have", task => task.DtboImage = [Entry("a.dtso", "Flags", "1")]);
        Refuse("a number of 32 bits", task => task.DtboImage = [Entry("a.dtso", "Id", "0x1ffffffff")]);
        Refuse("use one of the two", task =>
            (task.ModulesInVendorBoot, task.StockVendorBootImage, task.VendorRamdisk) = (true, "v.img", [Entry("fstab", "Path", "fstab")]));
    }

    [Fact]
    public void Overlays_of_dtbo_have_their_ids_and_modules_their_folders()
    {
        _folder.Folder("kernels/demo/own");
        _task.DtboImage = [Entry("vendor/board.dtbo", "Id", "0x10")];
        _task.ExternalModules = [new TaskItem("own"), new TaskItem("vendor/card/", new Dictionary<string, string> { ["MakeVariables"] = "A=1; B=2" })];
        var device = _task.Device();
        device.Dtbo!.Entries.Single().ShouldSatisfyAllConditions(
            entry => entry.Source.ShouldBe("vendor/board.dtbo"), entry => entry.Id.ShouldBe(16u), entry => entry.Custom.ShouldBe([0u, 0, 0, 0]));
        device.ExternalModules.Select(module => module.Folder).ShouldBe([InDevice("own"), "vendor/card"]);
        device.ExternalModules[1].MakeVariables.ShouldBe(["A=1", "B=2"]);
        device.Modules.ShouldBeTrue();
    }

    private static TaskItem Entry(string name, string metadata, string value) => new(name, new Dictionary<string, string> { [metadata] = value });

    [Theory]
    [InlineData("O=/somewhere", "is set by the build itself")]
    [InlineData("ARCH=arm", "is set by the build itself")]
    [InlineData("PLATFORM_VERSION", "NAME=VALUE")]
    [InlineData("=11", "NAME=VALUE")]
    [InlineData("A B=11", "NAME=VALUE")]
    public void A_make_variable_that_would_have_no_effect_is_refused(string variable, string expected)
    {
        _task.MakeVariables = [new TaskItem(variable)];
        Refusal().Message.ShouldContain(expected);
    }

    [Theory]
    [InlineData()]
    [InlineData("git:one#main", "git:two#main")]
    public void One_source_is_wanted_not_none_and_not_two(params string[] sources)
    {
        _task.KernelSource = [.. sources.Select(source => new TaskItem(source))];
        Refusal().Message.ShouldContain($"{sources.Length} KernelSource items");
    }

    [Fact]
    public void A_ramdisk_item_without_a_path_is_KB9003()
    {
        _task.Ramdisk = [new TaskItem("init")];
        Refusal().Message.ShouldBe("the ramdisk item 'init' has no Path");
    }

    [Fact]
    public void A_task_tells_MSBuild_of_it_and_fails()
    {
        _task.Architecture = "riscv";
        _task.Execute().ShouldBeFalse();
        var error = _engine.Errors.ShouldHaveSingleItem();
        (error.Code, error.File).ShouldBe(("KB9003", _task.ProjectFile));
    }

    [Fact]
    public void Jobs_are_a_number_above_0()
    {
        _task.Options().Jobs.ShouldBeNull();
        _task.Jobs = "4";
        _task.Options().Jobs.ShouldBe(4);
        _task.Jobs = "0";
        Findings.Of(DiagnosticCodes.UsageInvalid, () => _task.Options());
    }
}
