using KernelBuild.DeviceTrees.Tree;

namespace KernelBuild.Iommu.Fixes;

/// <summary>A property that a fix sets in the device tree.</summary>
/// <param name="Path">Of the node.</param>
public sealed record TreeChange(string Path, DeviceTreeProperty Property)
{
    /// <summary>A node that is added, to which the property's first cell refers; null for none. Without a phandle.</summary>
    public DeviceTreeNode? NewNode { get; init; }

    /// <summary>Path of the node below which it is added.</summary>
    public string NewNodeParent { get; init; } = "/";
}
