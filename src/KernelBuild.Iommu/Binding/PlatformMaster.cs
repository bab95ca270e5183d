using System.Collections.Immutable;
using KernelBuild.DeviceTrees.Phandles;
using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Diagnostics;

namespace KernelBuild.Iommu.Binding;

/// <summary>A device of the tree that its own <c>iommus</c> put behind an IOMMU.</summary>
/// <param name="Node">The device.</param>
/// <param name="Iommus">Provider and specifier, in order.</param>
/// <param name="Error">Why the list cannot be read; null when it can.</param>
public sealed record PlatformMaster(LocatedNode Node, ImmutableArray<PhandleArgument> Iommus, Diagnostic? Error)
{
    public string Path => Node.Path;

    /// <summary>The name of the device in sysfs.</summary>
    public string DeviceName => PlatformDeviceName.Of(Node);
}
