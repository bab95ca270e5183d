using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Iommu.Binding;
using KernelBuild.Iommu.Topology;

namespace KernelBuild.Iommu.Prediction;

/// <summary>
/// The node that describes a PCI function itself, below that of its host bridge. Linux's IOMMU code does not look at it (rule S1,
/// describing
/// node); drivers of vendors do. Source: drivers/pci/of.c, pci_set_of_node; drivers/of/of_pci.c, of_pci_find_child_device.
/// </summary>
internal static class PciNodes
{
    /// <summary>Null when the tree has none.</summary>
    public static LocatedNode? Of(IommuTree tree, PciHost? host, PciTopology topology, PciFunction function)
    {
        var bus = topology.BridgeAbove(function) is { } bridge ? Of(tree, host, topology, bridge) : host?.Node;
        return bus is null || !bus.Node.Children.Any(child => IsAt(child, function.Address.Rid.DeviceFunction)) ? null
            : tree.ChildrenOf(bus).FirstOrDefault(child => IsAt(child.Node, function.Address.Rid.DeviceFunction));
    }

    /// <summary>The first cell of reg has the place on the bus in bits 8 to 15.</summary>
    private static bool IsAt(DeviceTreeNode node, byte place) => node.Number("reg") is { } first && ((first >> 8) & 0xff) == place;
}
