using System.Collections.Immutable;
using KernelBuild.Configure;
using KernelBuild.Diagnostics;

namespace KernelBuild.Passthrough;

/// <summary>
/// What a kernel must have to run guests with VFIO and Debian's QEMU, checked in its configuration before anything boots.
/// </summary>
internal static class HostKernelOptions
{
    /// <summary>Symbols, each with what it is for. The system calls are those that QEMU and glib cannot do without.</summary>
    private static readonly ImmutableArray<(string Symbol, string Reason)> _wanted =
    [
        ("CONFIG_KVM", "runs the guest"),
        ("CONFIG_VFIO", "hands the function on"),
        ("CONFIG_VFIO_PCI", "hands the function on"),
        ("CONFIG_VFIO_IOMMU_TYPE1", "maps the guest's memory in the IOMMU"),
        ("CONFIG_IOMMU_SUPPORT", "isolates"),
        ("CONFIG_PCI_MSI", "interrupts of the function"),
        ("CONFIG_EPOLL", "QEMU"), ("CONFIG_EVENTFD", "QEMU"), ("CONFIG_SIGNALFD", "QEMU"), ("CONFIG_FUTEX", "QEMU"),
        ("CONFIG_DEVTMPFS", "/dev/kvm and /dev/vfio of the proof"),
        ("CONFIG_BLK_DEV_INITRD", "the proof comes as a ramdisk"),
        ("CONFIG_BINFMT_ELF", "QEMU"), ("CONFIG_BINFMT_SCRIPT", "the proof's init"),
    ];

    /// <param name="configFile">The .config of the build.</param>
    /// <returns>KB9015 with all that is missing; null when nothing is.</returns>
    public static Diagnostic? Missing(string configFile)
    {
        var config = KernelConfig.Load(configFile);
        var missing = _wanted.Where(wanted => config[wanted.Symbol] is not ("y" or "m")).ToArray();
        return missing.Length == 0 ? null : Diagnostic.Error(
            DiagnosticCodes.HostKernelLacks,
            $"the kernel cannot run a guest with VFIO: {string.Join(", ", missing.Select(wanted => wanted.Symbol))} "
                + (missing.Length == 1 ? "is off" : "are off"),
            "add the profile: <ConfigFragment Include=\"$(KernelBuildProfiles)kvm-host.config\" />") with
        { File = configFile, Details = [.. missing.Select(wanted => $"{wanted.Symbol}: {wanted.Reason}")] };
    }
}
