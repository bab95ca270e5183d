using KernelBuild.DeviceTrees.Tree;

namespace KernelBuild.Iommu.Fixes;

/// <summary>A property that a fix sets in the device tree.</summary>
/// <param name="Path">Of the node.</param>
public sealed record TreeChange(string Path, DeviceTreeProperty Property);
