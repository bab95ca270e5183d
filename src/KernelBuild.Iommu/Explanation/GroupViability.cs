using System.Collections.Immutable;
using KernelBuild.Iommu.Binding;
using KernelBuild.Iommu.Prediction;
using KernelBuild.Iommu.Topology;

namespace KernelBuild.Iommu.Explanation;

/// <summary>Whether a device's group can be given to a guest by VFIO (rules S9 and S10, viability and cost).</summary>
/// <param name="IsViable">
/// Whether VFIO lets the group be opened, once the device itself is bound to vfio-pci; null when that depends on drivers that were not
/// captured.
/// </param>
/// <param name="Blockers">Devices that must lose their driver, or be bound to vfio-pci, first; with the driver where it is known.</param>
/// <param name="IsCoherent">Whether the IOMMU says so; VFIO asks for it from 6.0 on.</param>
/// <param name="Warnings">What works and costs something; sentences.</param>
public sealed record GroupViability(bool? IsViable, ImmutableArray<string> Blockers, bool IsCoherent, ImmutableArray<string> Warnings)
{
    /// <summary>Null for a device without a group.</summary>
    public static GroupViability? Of(GroupPrediction prediction, string device, IommuTree tree, PredictionOptions options)
    {
        if (prediction.Of(device) is not { Group: not null, Provider: { } provider } decision)
        {
            return null;
        }

        var others = prediction.Companions(device).Where(name => name != device).Select(name => prediction.Of(name)!).ToArray();
        var blockers = others.Where(other => !Leaves(other, options.Kernel))
            .Select(other => other.Function?.Driver is { } driver ? $"{other.Device} (bound to {driver})" : other.Device)
            .ToImmutableArray();
        var warnings = ImmutableArray.CreateBuilder<string>();
        foreach (var bridge in others.Where(other => other.Function is { IsBridge: true }))
        {
            warnings.Add(
                $"{bridge.Device} ({bridge.Function!.Kind}) shares the group: its own interrupts (hotplug, AER) are lost while a guest has "
                + $"the group, because its MSI writes fault");
        }

        var unknown = others.Where(other => other.Function is { IsDriverUnknown: true, IsBridge: false }).Select(other =>
            other.Device).ToArray();
        if (unknown.Length > 0)
        {
            warnings.Add(
                $"the input does not say which drivers {string.Join(", ", unknown)} are bound to, and VFIO does not accept the group "
                    + $"while one "
                + "of them is the host's: lspci -D -nnk");
        }

        var isRefused = !decision.IsCoherent && options.Kernel.VfioNeedsCoherency;
        if (isRefused)
        {
            warnings.Add(provider.CoherencyFollowsTree
                ? $"the IOMMU {provider.Path} has no dma-coherent: vfio-pci fails with -22 on {options.Kernel}"
                : $"the driver of the IOMMU {provider.Path} reports no cache coherency, whatever the tree says: vfio-pci fails with -22 on "
                    + $"{options.Kernel}");
        }

        if (decision.Function is not null && tree.HostOf(decision.Function.Address.Domain) is { } host
            && !host.Node.Node.HasProperty("msi-map") && !host.Node.Node.HasProperty("msi-parent"))
        {
            warnings.Add(
                $"{host.Path} has neither msi-map nor msi-parent: interrupts are not remapped, and VFIO requires allow_unsafe_interrupts");
        }

        return new GroupViability(
            !blockers.IsEmpty || isRefused ? false : unknown.Length > 0 ? null
                : true, blockers, decision.IsCoherent,
            warnings.DrainToImmutable());
    }

    /// <summary>
    /// Whether a device's driver leaves DMA to VFIO. Source: drivers/vfio/vfio_main.c, vfio_dev_driver_allowed (before 5.19);
    /// drivers/iommu/iommu.c, iommu_device_use_default_domain with driver_managed_dma (after).
    /// </summary>
    private static bool Leaves(GroupDecision other, KernelVersion kernel)
    {
        if (other.Function is not { } function)
        {
            return false;
        }

        if (!kernel.ViabilityByDriver && function.HeaderType != 0)
        {
            return true;
        }

        return function.Driver switch
        {
            null => !NeedsDriver(function),
            "pcieport" or "pci-stub" => true,
            var driver => driver.StartsWith("vfio", StringComparison.Ordinal),
        };
    }

    /// <summary>
    /// Where drivers are not known: ports have pcieport, which is harmless; a PCIe-to-PCI bridge may have shpchp, and a CardBus bridge
    /// yenta_cardbus, which are not.
    /// </summary>
    private static bool NeedsDriver(PciFunction function) => function is { HeaderType: not 0, PortType: PciPortType.PcieToPciBridge or null };
}
