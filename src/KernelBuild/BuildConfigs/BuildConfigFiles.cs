using KernelBuild.Device;
using KernelBuild.Diagnostics;

namespace KernelBuild.BuildConfigs;

/// <summary>Where the build.config files of a device are, and what AOSP's build/_setup_env.sh makes of their place.</summary>
internal static class BuildConfigFiles
{
    /// <summary>The kernel's folder in AOSP's manifests.</summary>
    private const string UsualKernelFolder = "common";

    /// <summary>Further names that files of AOSP may have for the folder of a kernel that stands alone in its source.</summary>
    /// <param name="kernelDir">What they set KERNEL_DIR to.</param>
    public static IEnumerable<string> AliasesOf(string kernelDir) =>
        kernelDir.Length == 0 || Path.IsPathRooted(kernelDir) || kernelDir.Split('/').Contains("..")
            ? [UsualKernelFolder]
            : [UsualKernelFolder, kernelDir];

    /// <summary>Full paths in the order in which they are sourced.</summary>
    /// <exception cref="DiagnosticException">KB4011 for a file that neither the project nor the tree has.</exception>
    public static IReadOnlyList<string> Of(DeviceBuild device) => [.. device.BuildConfigs.Select(item => Find(device, item))];

    /// <summary>
    /// KERNEL_DIR before the files are read: the project's KernelFolder, else the folder of the first file, as _setup_env.sh has
    /// it; "." for the source's top.
    /// </summary>
    public static string KernelDirOf(DeviceBuild device, IReadOnlyList<string> files)
    {
        if (device.KernelFolder.Length > 0)
        {
            return device.KernelFolder;
        }

        var folder = Path.GetRelativePath(device.Folders.Tree, Path.GetDirectoryName(files[0])!);
        return folder.StartsWith("..", StringComparison.Ordinal) ? "." : folder;
    }

    private static string Find(DeviceBuild device, string item)
    {
        string[] candidates = [Path.Combine(device.KernelRoot, item), Path.Combine(device.Folders.Tree, item)];
        return candidates.FirstOrDefault(File.Exists) ?? throw new DiagnosticException(Diagnostic.Error(
            DiagnosticCodes.BuildConfigFailed,
            $"neither the project nor the source has the build.config '{item}'",
            "correct the BuildConfig item; there are: " + string.Join(", ", There(device))) with
        { File = device.ProjectFile });
    }

    private static IEnumerable<string> There(DeviceBuild device)
    {
        var names = Directory.Exists(device.KernelRoot)
            ? Directory.EnumerateFiles(device.KernelRoot, "build.config*").Select(file =>
                Path.GetFileName(file)!).Order(StringComparer.Ordinal).Take(40)
            : [];
        return names.DefaultIfEmpty("none beside the kernel's Makefile");
    }
}
