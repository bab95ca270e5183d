using KernelBuild.Iommu.Topology;

namespace KernelBuild.Iommu.Prediction;

/// <summary>
/// The order in which functions get their groups (rule S8): whoever comes first owns what two would share. Since 6.15 as they
/// are found. Before, as drivers are bound: with the bus, and so in the order of addresses, the ports, by pcieport, and the
/// functions that a driver of the host takes; all others when somebody binds them, in the end to vfio-pci.
/// </summary>
internal static class BindingOrder
{
    public static IEnumerable<PciFunction> Of(PciTopology topology, KernelVersion kernel) => kernel.GroupsAtEnumeration
        ? topology.Functions
        : topology.Functions.Where(IsBoundAtBoot).Concat(topology.Functions.Where(function => !IsBoundAtBoot(function)));

    private static bool IsBoundAtBoot(PciFunction function) =>
        function.IsBridge || (function.Driver is { } driver && driver != "pci-stub" && !driver.StartsWith("vfio", StringComparison.Ordinal));
}
