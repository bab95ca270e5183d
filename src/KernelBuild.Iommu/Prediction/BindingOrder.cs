using KernelBuild.Iommu.Topology;

namespace KernelBuild.Iommu.Prediction;

/// <summary>
/// The order in which functions get their groups (rule S8, driver binding): the first one owns what two would share. Since 6.15 as they
/// are found. Before, as drivers are bound: with the bus, and so in the order of addresses, the ports, by pcieport, and the
/// functions that a driver of the host takes; all others when somebody binds them, in the end to vfio-pci.
/// With <see cref="PredictionOptions.EndpointsFirst"/> the functions with a driver of the host come before all ports.
/// </summary>
internal static class BindingOrder
{
    public static IEnumerable<PciFunction> Of(PciTopology topology, PredictionOptions options) => options.Kernel.GroupsAtEnumeration
        ? topology.Functions
        : topology.Functions.OrderBy(function => function.IsBridge ? 1 : !HasHostDriver(function) ? 2 : options.EndpointsFirst ? 0 : 1);

    private static bool HasHostDriver(PciFunction function) =>
        function.Driver is { } driver && driver != "pci-stub" && !driver.StartsWith("vfio", StringComparison.Ordinal);
}
