using System.Collections.Immutable;
using KernelBuild.Iommu.Topology;

namespace KernelBuild.Iommu.Prediction;

/// <summary>
/// The order in which functions get their groups (rule S8, driver binding): the first one owns what two would share. Since 6.15 as they
/// are found. Before, as drivers are bound: with the bus, and so in the order of addresses, the ports, by pcieport, and the
/// functions that a driver of the host takes; all others when somebody binds them, in the end to vfio-pci.
/// With <see cref="PredictionOptions.EndpointsFirst"/> the functions with a driver of the host come before all ports, but for those whose
/// drivers are linked before the IOMMU's: they were tried before it was there, as the ports were and after them, and wait as long.
/// </summary>
internal static class BindingOrder
{
    /// <summary>
    /// Drivers of PCI functions below drivers/virtio and drivers/tty. Source: drivers/Makefile, whose order is that of the initcalls, has
    /// pci, virtio and tty before iommu, and all else that drives PCI functions after it; drivers/base/dd.c, driver_deferred_probe_add.
    /// </summary>
    private static readonly ImmutableHashSet<string> LinkedBeforeIommus = ["virtio-pci", "serial"];

    public static IEnumerable<PciFunction> Of(PciTopology topology, PredictionOptions options) => options.Kernel.GroupsAtEnumeration
        ? topology.Functions
        : topology.Functions.OrderBy(function =>
            function.IsBridge ? 1 : !HasHostDriver(function) ? 3 : !options.EndpointsFirst ? 1
            : LinkedBeforeIommus.Contains(function.Driver!) ? 2 : 0);

    private static bool HasHostDriver(PciFunction function) =>
        function.Driver is { } driver && driver != "pci-stub" && !driver.StartsWith("vfio", StringComparison.Ordinal);
}
