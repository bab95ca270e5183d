using System.Collections.Immutable;
using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Iommu.Prediction;

namespace KernelBuild.Testing.EndToEnd.Groups;

/// <summary>A machine to boot: what QEMU is told, and the device tree that Linux is given.</summary>
/// <param name="Devices">-device options.</param>
/// <param name="What">How it was drawn, in words.</param>
public sealed record LabMachine(LabIommu Iommu, ImmutableArray<string> Devices, DeviceTree Tree, string What)
{
    /// <summary>Beyond what every boot has.</summary>
    public string CommandLine { get; init; } = "fw_devlink.strict=1";

    /// <summary>Shell lines for the guest before endpoints are bound to vfio-pci.</summary>
    public string Before { get; init; } = "";

    /// <summary>Shell lines for the guest after that, before it reports.</summary>
    public string After { get; init; } = "";

    /// <summary>Whether endpoints stay with the drivers that took them at boot.</summary>
    public bool LeavesDrivers { get; init; }

    /// <summary>
    /// What the prediction has to know of the boot. Where virtio-iommu is built in, it comes up between the drivers of ports, whose probe
    /// waits for it until late_initcall, and those of endpoints, which are linked after drivers/iommu and find it there.
    /// </summary>
    public PredictionOptions OptionsOn(LabKernel kernel) =>
        new() { EndpointsFirst = Iommu == LabIommu.Virtio && kernel.HasVirtioIommuBuiltIn };

    /// <summary>The machine with the map that a kernel reads.</summary>
    public LabMachine For(LabKernel kernel) => Iommu == LabIommu.StandIn && kernel.MapsByTarget ? FiveCellMap.Of(this) : this;

    /// <summary>Files for the guest's ramdisk.</summary>
    public ImmutableArray<KernelBuild.BootImages.Ramdisks.RamdiskEntry> Files { get; init; } = [];
}
