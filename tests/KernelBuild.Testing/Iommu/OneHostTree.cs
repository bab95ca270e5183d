using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Iommu.Binding;

namespace KernelBuild.Testing.Iommu;

/// <summary>The smallest tree in which functions of PCI are behind an IOMMU: one of each, and a map of all IDs.</summary>
public static class OneHostTree
{
    /// <param name="compatible">Of the IOMMU.</param>
    /// <param name="mask">iommu-map-mask: which bits of a requester ID the IOMMU sees.</param>
    public static IommuTree Of(string compatible, uint mask) => new(new DeviceTree
    {
        Root = new DeviceTreeNode("")
        {
            Children =
            [
                new DeviceTreeNode("iommu@1")
                {
                    Properties =
                    [
                        DeviceTreeProperty.FromStrings("compatible", compatible), DeviceTreeProperty.FromCells("#iommu-cells", 1),
                        DeviceTreeProperty.FromCells("phandle", 1),
                    ],
                },
                new DeviceTreeNode("pcie@2")
                {
                    Properties =
                    [
                        DeviceTreeProperty.FromStrings("device_type", "pci"), DeviceTreeProperty.FromCells("iommu-map", 0, 1, 0, 0x10000),
                        DeviceTreeProperty.FromCells("iommu-map-mask", mask),
                    ],
                },
            ],
        },
    });
}
