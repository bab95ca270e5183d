using System.Collections.Concurrent;
using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Host.Processes;

namespace KernelBuild.Testing.EndToEnd.Groups;

/// <summary>Boots machines under QEMU.</summary>
public sealed class Lab : IDisposable
{
    private static readonly ConcurrentDictionary<LabIommu, Lazy<Task<DeviceTree>>> Trees = [];
    private static readonly string[] VirtioIommu = ["-device", "virtio-iommu-pci,addr=1f.0"];

    private readonly string _folder = Directory.CreateTempSubdirectory("kernelbuild-lab-").FullName;
    private int _boots;

    /// <summary>The device tree that QEMU makes for its machine, and a stand-in in it where one is wanted.</summary>
    public static Task<DeviceTree> TreeAsync(LabIommu iommu) =>
        Trees.GetOrAdd(iommu, kind => new Lazy<Task<DeviceTree>>(() => DumpAsync(kind))).Value;

    /// <summary>The report of the guest.</summary>
    /// <exception cref="InvalidOperationException">It did not come to its end; the message has the end of its console.</exception>
    public async Task<LabReport> BootAsync(LabKernel kernel, LabMachine machine)
    {
        var name = Path.Combine(_folder, Interlocked.Increment(ref _boots).ToString(System.Globalization.CultureInfo.InvariantCulture));
        await File.WriteAllBytesAsync(name + ".Image", kernel.Image);
        await File.WriteAllBytesAsync(name + ".ramdisk", LabRamdisk.Create(kernel, machine));
        await File.WriteAllBytesAsync(name + ".dtb", machine.Tree.Packed().ToArray());
        var console = new List<string>();
        var qemu = new Command("qemu-system-aarch64").WithArguments(
            [
                .. Machine(machine.Iommu), .. machine.Iommu == LabIommu.Virtio ? VirtioIommu : [], .. machine.Devices,
                .. machine.Iommu == LabIommu.StandIn ? StandIn.QemuArguments : [],
                "-serial", "stdio", "-dtb", name + ".dtb", "-kernel", name + ".Image", "-initrd", name + ".ramdisk",
                "-append",
                $"console=ttyAMA0 quiet panic=-1 {(machine.Iommu == LabIommu.StandIn ? "iommu.passthrough=1 " : "")}{machine.CommandLine}",
            ]) with
        {
            OnOutput = line => console.Add(line.TrimEnd('\r')),
            Timeout = TimeSpan.FromMinutes(3),
            CancelGracePeriod = TimeSpan.FromSeconds(2),
        };
        try
        {
            await qemu.RunAsync(CancellationToken.None);
        }
        catch (TimeoutException)
        {
            // what the guest said until then is shown below
        }

        foreach (var file in Directory.EnumerateFiles(_folder, Path.GetFileName(name) + ".*"))
        {
            File.Delete(file);
        }

        return LabReport.Read(console)
            ?? throw new InvalidOperationException(
                $"{kernel.Name}, {machine.What}: the guest gave no complete report:\n{string.Join('\n', console.TakeLast(40))}");
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string[] Machine(LabIommu iommu) =>
        [
            "-M", iommu == LabIommu.SmmuV3 ? "virt,gic-version=3,iommu=smmuv3" : "virt,gic-version=3", "-cpu", "cortex-a57", "-m", "1G",
            "-smp", "1", "-nodefaults", "-display", "none", "-monitor", "none", "-no-reboot", "-nic", "none",
        ];

    private static async Task<DeviceTree> DumpAsync(LabIommu iommu)
    {
        var file = Path.GetTempFileName();
        try
        {
            var machine = Machine(iommu);
            machine[1] += ",dumpdtb=" + file;
            await new Command("qemu-system-aarch64").WithArguments([.. machine, .. iommu == LabIommu.Virtio ? VirtioIommu : []])
                .RunAsync(CancellationToken.None);
            var tree = PlatformMasters.MakeRoom(DeviceTree.Read(await File.ReadAllBytesAsync(file)).Packed());
            return iommu == LabIommu.StandIn ? StandIn.AddTo(tree) : tree;
        }
        finally
        {
            File.Delete(file);
        }
    }
}
