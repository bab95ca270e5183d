using KernelBuild.Device;

namespace KernelBuild.Configure;

/// <summary>A configuration that the kernel tree or the project holds, and how make is told to begin with it.</summary>
public static class Defconfig
{
    /// <summary>The file that an item names; null when it is a target of kbuild without a file, such as tinyconfig, or nothing.</summary>
    public static string? FileOf(DeviceBuild device, string item)
    {
        string[] candidates =
        [
            Path.Combine(device.KernelRoot, "arch", device.Architecture, "configs", item),
            Path.Combine(device.KernelRoot, item),
            Path.Combine(device.Folders.Tree, item),
        ];
        return Path.IsPathRooted(item) ? (File.Exists(item) ? item : null) : candidates.FirstOrDefault(File.Exists);
    }

    /// <summary>
    /// The make targets and variables that configure with an item: by its own name where kbuild has a target for it, else by
    /// KBUILD_DEFCONFIG, which is a path below arch/ARCH/configs.
    /// </summary>
    public static IEnumerable<string> TargetsOf(DeviceBuild device, string item)
    {
        var configs = Path.Combine(device.KernelRoot, "arch", device.Architecture, "configs");
        return FileOf(device, item) is { } file
            && (Path.GetRelativePath(configs, file) != item || !item.EndsWith("defconfig", StringComparison.Ordinal))
            ? ["defconfig", "KBUILD_DEFCONFIG=" + Path.GetRelativePath(configs, file)]
            : [item];
    }

    /// <summary>Programs that a configuration makes the build call, beyond those of every build.</summary>
    /// <param name="fragments">Of the project.</param>
    public static IEnumerable<string> ProgramsFor(DeviceBuild device, IEnumerable<ConfigRequest> fragments)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        var files = device.Defconfigs.Select(item => FileOf(device, item)).Concat(FilesOfCommands(device)).OfType<string>();
        foreach (var setting in files.SelectMany(file => ConfigFile.Parse(File.ReadAllText(file))).Select(line => (line.Symbol, line.Value))
            .Concat(fragments.Select(request => (request.Symbol, request.Value))))
        {
            values[setting.Symbol] = setting.Value;
        }

        bool On(string symbol) => values.GetValueOrDefault(symbol) == "y";
        if (On("CONFIG_DEBUG_INFO_BTF"))
        {
            yield return "pahole";
        }

        if (device.KernelImage == "Image.lzo")
        {
            yield return "lzop";
        }

        if (device.Modules)
        {
            yield return "depmod";
        }

        if (On("CONFIG_RUST"))
        {
            yield return "rustc";
            yield return "bindgen";
        }
    }

    /// <summary>Files that commands of a build.config name, which become part of the defconfig when they run.</summary>
    private static IEnumerable<string?> FilesOfCommands(DeviceBuild device) => (device.DefconfigCommands?.Before ?? "")
        .Split([' ', '\t', '\n', ';'], StringSplitOptions.RemoveEmptyEntries)
        .Where(word => word.Contains('/', StringComparison.Ordinal) && !word.EndsWith(".sh", StringComparison.Ordinal))
        .Select(word => Path.Combine(device.Folders.Tree, word))
        .Where(File.Exists);
}
