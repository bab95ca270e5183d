using System.Text;
using KernelBuild.BootImages.Ramdisks;
using KernelBuild.BootTest;

namespace KernelBuild.Testing.EndToEnd.Groups;

/// <summary>The guest: as for a report, with the modules that the kernel needs, and devices of the platform told by line.</summary>
public static class LabRamdisk
{
    private const string Modules = """
        for m in virtio-iommu vfio vfio_virqfd vfio_iommu_type1 vfio-pci-core vfio-pci; do
          [ ! -e /modules/$m.ko ] || insmod /modules/$m.ko
        done
        # ports that waited for the IOMMU are probed again in a thread of the kernel
        mount -t debugfs debugfs /sys/kernel/debug 2>/dev/null
        n=0
        while grep -q ^0000: /sys/kernel/debug/devices_deferred 2>/dev/null && [ $n -lt 20 ]; do n=$((n + 1)); sleep 0.2; done

        """;

    private const string Platform = """
        for d in /sys/bus/amba/devices/* /sys/bus/platform/devices/*; do
          [ -e $d/of_node/iommus ] || continue
          g=$(readlink $d/iommu_group)
          echo "P ${d##*/} ${g##*/}"
        done

        """;

    public static byte[] Create(LabKernel kernel, LabMachine machine) => CpioWriter.Write(
    [
        RamdiskEntry.Directory("proc"), RamdiskEntry.Directory("sys"), RamdiskEntry.Directory("dev"),
        .. kernel.Files,
        Script(
            "init",
            GuestCapture.Prologue + Modules + machine.Before + (machine.LeavesDrivers ? "" : GuestCapture.Bind) + machine.After + Platform
            + GuestCapture.Report),
        .. machine.Files,
    ]);

    private static RamdiskEntry Script(string name, string text) =>
        RamdiskEntry.File(name, Encoding.ASCII.GetBytes(text.ReplaceLineEndings("\n")), LabKernel.Executable);
}
