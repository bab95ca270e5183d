using KernelBuild.Iommu.Topology;
using KernelBuild.Testing.Iommu;

namespace KernelBuild.Testing.Phones;

/// <summary>The files of /proc and /sys that a capture reads, of a machine with four functions in groups.</summary>
public static class CapturedRoot
{
    public static void Write(TestFolder files, string root)
    {
        files.Write(root + "/proc/cmdline", "console=ttyMSM0\n");
        files.Write(root + "/proc/version", "Linux version 6.1.0-test (builder@host) (clang) #1 SMP\n");
        files.Write(root + "/sys/kernel/notes", [4, 0, 0, 0, 8, 0, 0, 0, 3, 0, 0, 0, (byte)'G', (byte)'N', (byte)'U', 0, 1, 2, 3, 4, 5, 6, 7, 8]);
        foreach (var (function, number) in VirtMachine.Topology(acsOn: false).Functions.Take(4).Select((one, i) => (one, i)))
        {
            var folder = $"{root}/sys/bus/pci/devices/{function.Address}";
            files.Write(folder + "/config", ConfigSpaceWriter.Write(function));
            files.Write(folder + "/vendor", $"0x{function.VendorId:x4}\n");
            files.Write(folder + "/device", $"0x{function.DeviceId:x4}\n");
            File.CreateSymbolicLink(files[folder + "/iommu_group"], $"../../../../kernel/iommu_groups/{number}");
            files.Folder($"{root}/sys/kernel/iommu_groups/{number}/devices/{function.Address}");
        }
    }
}
