using System.Collections.Immutable;
using KernelBuild.Device;
using KernelBuild.Host.Processes;
using KernelBuild.Toolchains;

namespace KernelBuild.Compile;

/// <summary>make for an external module, with the same variables as for the kernel.</summary>
internal static class ExternalModuleBuild
{
    /// <param name="all">In the order of their dependencies: those before it export what this one imports.</param>
    /// <param name="targets">modules or modules_install, and variables.</param>
    public static Command Command(
        DeviceBuild device, Toolchain toolchain, PlannedModule module, ImmutableArray<PlannedModule> all, params IEnumerable<string> targets)
    {
        // __FILE__ and debug information name the sources as if they stood at a fixed place
        var flags = $"{device.KCFlags} -ffile-prefix-map={ExternalModules.Root(device)}=external".Trim();
        var before = all.TakeWhile(other => other != module).Select(other => Path.Combine(other.Folder, "Module.symvers"));
        var command = Make.In(module.HasOwnMake ? module.Folder : device.KernelRoot, device with { KCFlags = flags }, toolchain)
            .WithArguments("M=" + module.Folder, "KBUILD_EXTRA_SYMBOLS=" + string.Join(' ', before));
        if (module.HasOwnMake)
        {
            command = command.WithArguments("KERNEL_SRC=" + device.KernelRoot);
        }

        return command.WithArguments(module.MakeVariables).WithArguments(targets);
    }
}
