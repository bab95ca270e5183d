using KernelBuild.DeviceTrees.Tree;

namespace KernelBuild.Iommu.Binding;

/// <summary>An IOMMU of the device tree.</summary>
/// <param name="Node">With #iommu-cells.</param>
/// <param name="Kind">By its compatible.</param>
public sealed record IommuProvider(LocatedNode Node, IommuKind Kind)
{
    public string Path => Node.Path;

    /// <summary>A disabled IOMMU is none. Source: drivers/iommu/of_iommu.c, of_iommu_xlate.</summary>
    public bool IsAvailable => Node.Node.IsAvailable;

    /// <summary>
    /// Whether the driver reports IOMMU_CAP_CACHE_COHERENCY, which VFIO asks for since 6.0. Source: drivers/vfio,
    /// vfio_iommu_type1_attach_group;
    /// the capable operation of each driver: virtio-iommu.c and qcom_iommu.c always say yes, the SMMU drivers ask the tree, the others
    /// have no
    /// such operation. <see cref="IsCoherentFor"/> has what depends on the device, too.
    /// </summary>
    public bool IsCoherent => Kind is IommuKind.Virtio or IommuKind.QcomIommu || (CoherencyFollowsTree && Node.Node.HasProperty("dma-coherent"));

    /// <summary>
    /// The same for a device: SMMUv2's driver also says yes for one that is coherent itself (since 6.2, and in 6.1's updates). Source:
    /// arm-smmu.c, arm_smmu_capable; drivers/of/address.c, of_dma_is_coherent.
    /// </summary>
    /// <param name="device">Its node; null for one without, such as most PCI functions: the driver is told nothing of them.</param>
    public bool IsCoherentFor(LocatedNode? device) => IsCoherent || (Kind == IommuKind.Smmu && IsDmaCoherent(device));

    /// <summary>Whether dma-coherent at the node decides; that of a driver that is not known is taken to.</summary>
    public bool CoherencyFollowsTree => Kind is IommuKind.Smmu or IommuKind.SmmuV3 or IommuKind.Unknown;

    /// <summary>What the nearest node that says it says, from the device upwards.</summary>
    private static bool IsDmaCoherent(LocatedNode? device)
    {
        for (var node = device; node is not null; node = node.Parent)
        {
            if (node.Node.HasProperty("dma-coherent"))
            {
                return true;
            }

            if (node.Node.HasProperty("dma-noncoherent"))
            {
                return false;
            }
        }

        return false;
    }

    /// <summary>The bits of a stream ID that SMMUv2 leaves out of the match. Source: arm-smmu.c, arm_smmu_of_xlate.</summary>
    public uint StreamMatchMask => Node.Node.Number("stream-match-mask") ?? 0;
}
