using KernelBuild.Compile;
using KernelBuild.Device;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;
using KernelBuild.KernelImages.Containers;
using KernelBuild.KernelImages.Modules;

namespace KernelBuild.ModuleCheck;

/// <summary>The kernel that a build has just compiled, as modules see it.</summary>
public static class BuiltKernel
{
    /// <summary>
    /// kbuild's names of what the kernel exports: with the exports of its modules where those are built, of vmlinux alone (since 5.19) else.
    /// </summary>
    private static readonly string[] _symvers = ["Module.symvers", "vmlinux.symvers"];

    /// <exception cref="DiagnosticException">KB9012 and KB8001 to KB8018 with the file that cannot be read.</exception>
    public static KernelInterface Read(DeviceBuild device, CompiledKernel kernel)
    {
        if (!KernelFile.TryRead(InputFile.Read(kernel.Image), out var file, out var error))
        {
            throw new DiagnosticException(error with { File = kernel.Image });
        }

        var known = KernelInterface.Of(file.Open());
        if (SymversOf(device) is { } path)
        {
            known = SymversFile.TryRead(File.ReadAllText(path), path, out var exports, out error)
                ? known with { Exports = exports }
                : throw new DiagnosticException(error);
        }

        var release = Path.Combine(device.Folders.Output, "include/config/kernel.release");
        known = File.Exists(release) ? known with { Release = File.ReadAllText(release).Trim() } : known;
        return known.With(ModuleConfiguration.Parse(File.ReadAllText(kernel.Config)));
    }

    /// <summary>The file of kbuild's output that has the exports; null when there is none.</summary>
    public static string? SymversOf(DeviceBuild device) =>
        _symvers.Select(name => Path.Combine(device.Folders.Output, name)).FirstOrDefault(File.Exists);
}
