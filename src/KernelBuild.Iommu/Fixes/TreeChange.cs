using KernelBuild.DeviceTrees.Tree;

namespace KernelBuild.Iommu.Fixes;

/// <summary>A property that a fix sets in the device tree.</summary>
/// <param name="Path">Of the node.</param>
public sealed record TreeChange(string Path, DeviceTreeProperty Property)
{
    /// <summary>What the property's first cell refers to, where that is added with it; null for none.</summary>
    public AddedNode? Added { get; init; }
}

/// <summary>A node that a fix adds.</summary>
/// <param name="Parent">Path of the node below which it is added.</param>
/// <param name="Node">Without a phandle.</param>
public sealed record AddedNode(string Parent, DeviceTreeNode Node);
