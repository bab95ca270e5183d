using System.Collections.Immutable;
using System.Globalization;
using KernelBuild.Device;
using KernelBuild.Diagnostics;

namespace KernelBuild.BuildConfigs;

/// <summary>One pass over the variables that have an item or property, then over the rest.</summary>
internal sealed class BuildConfigPlanning(DeviceBuild device, SourcedBuildConfig config, Func<string, bool> exists)
{
    private const string Dts = "arch/arm64/boot/dts/";

    private readonly SortedDictionary<string, List<BuildConfigEntry>> _entries = new(StringComparer.Ordinal);
    private readonly DeviceBuild _project = device;
    private DeviceBuild _device = device;

    public BuildConfigPlan Run()
    {
        RequireArchitecture();
        KernelFolder();
        Configuration();
        Compiler();
        Goals();
        Flags();
        Boot();
        Modules();
        TreesWithoutImage();
        Environment();
        return new BuildConfigPlan(_device, [.. _entries.Values.SelectMany(list => list)]);
    }

    private void RequireArchitecture()
    {
        if (config["ARCH"] is { Length: > 0 } architecture && architecture != _project.Architecture)
        {
            throw Unsupported(
                $"'{_project.BuildConfigs[0]}' is for ARCH={architecture}; only {_project.Architecture} is built", "name the "
                    + "build.config of arm64");
        }
    }

    /// <summary>The folder that the files name, where the source has a kernel in it and the project names none.</summary>
    private void KernelFolder()
    {
        var said = config["KERNEL_DIR"].TrimEnd('/');
        if (said is "" or "." || Path.IsPathRooted(said) || said == _project.KernelFolder)
        {
            return;
        }

        if (_project.KernelFolder.Length > 0)
        {
            Add("KERNEL_DIR", said, BuildConfigFate.Overridden, "KernelFolder");
        }
        else if (exists(Path.Combine(_project.Folders.Tree, said, "Makefile")))
        {
            _device = _device with { KernelFolder = said };
            Add("KERNEL_DIR", said, BuildConfigFate.Taken, "KernelFolder");
        }
        else
        {
            Add("KERNEL_DIR", said, BuildConfigFate.NotTaken, "the source is the kernel alone");
        }
    }

    private void Configuration()
    {
        var names = config.Words("DEFCONFIG");
        if (_project.Defconfigs.Length == 0 && names.Count == 0)
        {
            throw Unsupported(
                $"neither the project nor '{_project.BuildConfigs[0]}' names a defconfig: DEFCONFIG is empty", "add a Defconfig item "
                    + "to the project");
        }

        if (Take("DEFCONFIG", "Defconfig", _project.Defconfigs.Length > 0))
        {
            _device = _device with { Defconfigs = [.. names] };
        }

        var commands = new DefconfigCommands(config["PRE_DEFCONFIG_CMDS"], config["POST_DEFCONFIG_CMDS"]);
        var before = Take("PRE_DEFCONFIG_CMDS", "commands before the defconfig", _project.Defconfigs.Length > 0);
        var after = Take("POST_DEFCONFIG_CMDS", "commands after the defconfig", _project.Defconfigs.Length > 0);
        if (before || after)
        {
            _device = _device with { DefconfigCommands = commands };
        }
    }

    private void Compiler()
    {
        var stated = _project.Stated.Contains("Compiler");
        var compiler = Path.GetFileName(config["CC"].Split(' ')[^1]);
        if (compiler.EndsWith("gcc", StringComparison.Ordinal) && config["LLVM"] != "1" && Take("CC", "Compiler", stated))
        {
            _device = _device with { Toolchain = _device.Toolchain with { Compiler = "gcc" } };
        }

        if (_device.Toolchain.Compiler == "gcc")
        {
            return;
        }

        if (config["LLVM_IAS"] is "0" or "1" && Take("LLVM_IAS", "IntegratedAssembler", _project.Toolchain.IntegratedAssembler is not null))
        {
            _device = _device with { Toolchain = _device.Toolchain with { IntegratedAssembler = config["LLVM_IAS"] == "1" } };
        }

        Prebuilt();
    }

    /// <summary>The prebuilt itself where the source holds it; else its major version, of those that Debian 12 has.</summary>
    private void Prebuilt()
    {
        const string Variable = "CLANG_PREBUILT_BIN";
        var path = config[Variable];
        if (path.Length == 0)
        {
            return;
        }

        if (_project.Toolchain.Clang is not null || _project.Toolchain.Folder is not null)
        {
            Add(Variable, path, BuildConfigFate.Overridden, _project.Toolchain.Folder is not null ? "ToolchainFolder" : "Clang");
            return;
        }

        var folder = Path.Combine(_project.Folders.Tree, path);
        if (exists(Path.Combine(folder, "clang")))
        {
            _device = _device with { Toolchain = _device.Toolchain with { Folder = folder } };
            Add(Variable, path, BuildConfigFate.Taken, "ToolchainFolder");
            return;
        }

        var name = AospClang.NameIn(path);
        if (AospClang.MajorOf(name) is >= 13 and var major)
        {
            _device = _device with { Toolchain = _device.Toolchain with { Clang = major } };
            Add(Variable, path, BuildConfigFate.Taken, $"Clang {major.ToString(CultureInfo.InvariantCulture)}, which {name} is");
            return;
        }

        Add(Variable, path, BuildConfigFate.NotTaken, AospClang.MajorOf(name) is { } old
            ? $"it is clang {old.ToString(CultureInfo.InvariantCulture)}, which Debian 12 does not have, and the source does not hold "
                + $"it: unpack {name} "
                + "and set ToolchainFolder, or the default of the kernel's version is used"
            : "the source does not hold it, and which clang it is is not known: set ToolchainFolder or Clang, or the default of the "
                + "kernel's version is used");
    }

    private void Goals()
    {
        var goals = config.Words("MAKE_GOALS");
        var files = config.Words("FILES").Select(file => file.Split(':')[0]).ToArray();
        KernelImage(goals, files);
        var trees = goals.Where(goal => goal.EndsWith(".dtb", StringComparison.Ordinal)).Select(goal => Source(goal, ".dtb"))
            .Concat(files.Where(file => file.StartsWith(Dts, StringComparison.Ordinal) && file.EndsWith(".dtb", StringComparison.Ordinal))
                .Select(file => Source(file[Dts.Length..], ".dtb")))
            .Distinct(StringComparer.Ordinal)
            .Where(tree => !tree.Contains('*', StringComparison.Ordinal) && exists(Path.Combine(_device.KernelRoot, Dts, tree)))
            .ToArray();
        if (trees.Length > 0 && Take("MAKE_GOALS", "DeviceTree", _project.DeviceTrees.Length > 0, string.Join(' ', trees)))
        {
            _device = _device with { DeviceTrees = [.. trees] };
        }

        // by the book make's default goal makes the modules, too, and IN_KERNEL_MODULES installs them
        var modules = goals.Contains("modules") || (goals.Count == 0 && config["IN_KERNEL_MODULES"].Length > 0);
        if (modules && Take(goals.Count > 0 ? "MAKE_GOALS" : "IN_KERNEL_MODULES", "Modules", _project.Stated.Contains("Modules"),
            goals.Count > 0 ? "modules" : "1"))
        {
            _device = _device with { Modules = true };
        }

        foreach (var goal in goals.Where(goal => goal != "modules" && !IsImage(goal) && !trees.Contains(Source(goal, ".dtb"))))
        {
            Add("MAKE_GOALS", goal, BuildConfigFate.NotTaken, goal == "dtbs"
                ? "name the device trees as DeviceTree items"
                : "the goals of this build are the image, the modules and the device trees that the project names");
        }
    }

    /// <summary>What goes into boot.img: KERNEL_BINARY, else the compressed image that is a goal or a product, else the bare one.</summary>
    private void KernelImage(IReadOnlyList<string> goals, string[] files)
    {
        var products = files.Where(file => Path.GetDirectoryName(file) == "arch/arm64/boot").Select(file =>
            Path.GetFileName(file)!).ToArray();
        (string Variable, string Name)[] named =
        [
            ("KERNEL_BINARY", config["KERNEL_BINARY"]),
            .. goals.Where(goal => goal != "Image").Reverse().Select(goal => ("MAKE_GOALS", goal)),
            .. products.Where(product => product != "Image").Reverse().Select(product => ("FILES", product)),
            .. goals.Select(goal => ("MAKE_GOALS", goal)),
            .. products.Select(product => ("FILES", product)),
        ];
        var (variable, name) = named.FirstOrDefault(image => IsImage(image.Name));
        if (variable is not null && Take(variable, "KernelImage", _project.Stated.Contains("KernelImage"), name))
        {
            _device = _device with { KernelImage = name };
        }
    }

    private void Flags()
    {
        var flags = string.Join(' ', config.Words("KCFLAGS"));
        if (flags.Length > 0 && Take("KCFLAGS", "KCFlags", _project.KCFlags.Length > 0, flags))
        {
            _device = _device with { KCFlags = flags };
        }
    }

    private void Boot()
    {
        var version = config["BOOT_IMAGE_HEADER_VERSION"];
        if (version is not ("" or "0" or "1" or "2" or "3" or "4"))
        {
            Add("BOOT_IMAGE_HEADER_VERSION", version, BuildConfigFate.NotTaken, "header versions 0 to 4 are packed: state "
                + "BootImageVersion or a StockBootImage");
        }
        else if (Take("BOOT_IMAGE_HEADER_VERSION", "BootImageVersion", _project.Stated.Contains("BootImageVersion")
            || _project.StockBootImage is not null))
        {
            _device = _device with { BootImageVersion = int.Parse(version, CultureInfo.InvariantCulture) };
        }

        if (Take("KERNEL_CMDLINE", "KernelCommandLine", _project.CommandLine.Length > 0, string.Join(' ', config.Words("KERNEL_CMDLINE"))))
        {
            _device = _device with { CommandLine = string.Join(' ', config.Words("KERNEL_CMDLINE")) };
        }

        if (int.TryParse(config["PAGE_SIZE"], NumberStyles.None, CultureInfo.InvariantCulture, out var pageSize)
            && pageSize is 2048 or 4096 or 8192 or 16384
            && Take("PAGE_SIZE", "PageSize", _project.Stated.Contains("PageSize")))
        {
            _device = _device with { PageSize = pageSize };
        }
    }

    /// <summary>EXT_MODULES names folders from ROOT_DIR on, which is the source's top.</summary>
    private void Modules()
    {
        var folders = config.Words("EXT_MODULES");
        var there = folders.Where(folder => exists(Path.Combine(_project.Folders.Tree, folder))).ToArray();
        if (there.Length > 0 && Take("EXT_MODULES", "ExternalModule", _project.ExternalModules.Length > 0, string.Join(' ', there)))
        {
            _device = _device with { Modules = true, ExternalModules = [.. there.Select(folder => new ExternalModule(folder, []))] };
        }

        foreach (var folder in folders.Except(there))
        {
            Add("EXT_MODULES", folder, BuildConfigFate.NotTaken, "the source does not hold it");
        }
    }

    /// <summary>Trees that build.sh only copies to its products are only compiled here, unless the project has an image for them.</summary>
    private void TreesWithoutImage()
    {
        var hasPlace = _device.VendorBoot is not null || _device.AppendDeviceTrees || _device.StockBootImage is not null || _device.BootImageVersion == 2;
        if (_project.DeviceTrees.IsEmpty && !hasPlace && !_device.DeviceTrees.IsEmpty)
        {
            _device = _device with { DeviceTreesInImage = false };
        }
    }

    /// <summary>Everything else, as build.sh leaves it: exported, unless it is one of build.sh's own.</summary>
    private void Environment()
    {
        var environment = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in config.Variables)
        {
            if (VariableRules.ReachesMake(name) || IsOnPath(name, value))
            {
                environment[name] = value;
            }

            if (!_entries.ContainsKey(name) && !IsOfShell(name))
            {
                var reason = IsOnPath(name, value) ? null : VariableRules.ReasonOf(name);
                Add(name, value, reason is null ? BuildConfigFate.Environment : BuildConfigFate.NotTaken, reason ?? "make's environment");
            }
        }

        _device = _device with { MakeEnvironment = environment.ToImmutable() };
    }

    /// <summary>A dtc that is a name is that of the build's PATH.</summary>
    private static bool IsOnPath(string name, string value) => name == "DTC" && value == "dtc";

    /// <summary>What the shell was given, and what has no value.</summary>
    private bool IsOfShell(string name) =>
        name is "PATH" or "LC_ALL" or "TZ" or "ROOT_DIR" or "KERNEL_DIR" or "BUILD_CONFIG" or "OUT_DIR" or "COMMON_OUT_DIR" or "ARCH"
            || config[name].Length == 0;

    private static bool IsImage(string name) => name is "Image" or "Image-dtb" or "Image.gz-dtb"
        || (name.StartsWith("Image.", StringComparison.Ordinal)
            && name["Image.".Length..] is "gz" or "bz2" or "lz4" or "lzma" or "lzo" or "xz" or "zst");

    private static string Source(string tree, string extension) =>
        tree.EndsWith(extension, StringComparison.Ordinal) ? tree[..^extension.Length] + ".dts" : tree;

    private bool Take(string variable, string item, bool isStated, string? value = null)
    {
        value ??= config[variable];
        if (value.Length == 0)
        {
            return false;
        }

        Add(variable, value, isStated ? BuildConfigFate.Overridden : BuildConfigFate.Taken, item);
        return !isStated;
    }

    private void Add(string variable, string value, BuildConfigFate fate, string detail)
    {
        if (!_entries.TryGetValue(variable, out var list))
        {
            _entries[variable] = list = [];
        }

        list.Add(new BuildConfigEntry(variable, value, fate, detail));
    }

    private DiagnosticException Unsupported(string message, string fix) =>
        new(Diagnostic.Error(DiagnosticCodes.BuildConfigUnsupported, message, fix) with { File = _project.ProjectFile });
}
