using System.Collections.Immutable;
using System.Globalization;
using KernelBuild.Iommu.Topology;

namespace KernelBuild.Iommu.Handover;

/// <summary>QEMU's command line for a guest with functions of the host.</summary>
internal static class EmulatorCommand
{
    public static ImmutableArray<string> Of(GuestMachine machine, ImmutableArray<PciFunction> functions, GuestSettings settings)
    {
        var arguments = ImmutableArray.CreateBuilder<string>();
        var pinned = machine.Clusters is { Length: > 1 } clusters ? $"taskset -c {GuestPlanner.Range(clusters[^1])} " : "";
        arguments.Add(pinned + "qemu-system-aarch64");
        arguments.Add("-machine virt,accel=kvm,gic-version=" + (machine.GicVersion?.ToString(CultureInfo.InvariantCulture) ?? "host"));
        arguments.Add("-cpu host");
        arguments.Add(string.Create(CultureInfo.InvariantCulture, $"-smp {settings.Processors}"));
        arguments.Add(string.Create(CultureInfo.InvariantCulture, $"-m {settings.MemoryMebibytes}"));
        arguments.Add("-nodefaults -nographic -serial mon:stdio");
        arguments.Add(settings.Kernel is null
            ? "-drive if=pflash,format=raw,readonly=on,file=/usr/share/AAVMF/AAVMF_CODE.fd"
            : $"-kernel {Quote(settings.Kernel)}{(settings.Initrd is null ? "" : " -initrd " + Quote(settings.Initrd))} "
                + "-append console=ttyAMA0");
        for (var at = 0; at < functions.Length; at++)
        {
            arguments.Add(string.Create(CultureInfo.InvariantCulture, $"-device pcie-root-port,id=kb{at},chassis={at + 1}"));
            // option ROMs are mostly programs for x86
            arguments.Add(string.Create(
                CultureInfo.InvariantCulture, $"-device vfio-pci,host={functions[at].Address},bus=kb{at},rombar=0"));
        }

        return arguments.ToImmutable();
    }

    private static string Quote(string path) =>
        path.All(c => char.IsAsciiLetterOrDigit(c) || "-_./+:@%".Contains(c, StringComparison.Ordinal))
        ? path
        : "'" + path.Replace("'", "'\\''", StringComparison.Ordinal) + "'";
}
