using System.Collections.Immutable;
using KernelBuild.DeviceTrees.Tree;

namespace KernelBuild.DeviceTrees.Phandles;

/// <summary>An element of <c>iommu-map</c> or <c>msi-map</c>: a run of input ids and where they go.</summary>
/// <param name="InputBase">The first id: a PCI requester id (bus, device, function) or an fsl-mc ICID.</param>
/// <param name="Phandle">Of the target as stored.</param>
/// <param name="Target">The IOMMU or MSI controller; null when no node has the phandle.</param>
/// <param name="Output">The specifier that <paramref name="InputBase"/> becomes; its first cell counts up with the id.</param>
/// <param name="Length">How many ids.</param>
public sealed record IdMapEntry(uint InputBase, uint Phandle, LocatedNode? Target, ImmutableArray<uint> Output, uint Length);
