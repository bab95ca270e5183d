using System.Collections.Immutable;

namespace KernelBuild.Iommu.Scanning;

/// <summary>A node in a DTS file that binds an IOMMU driver.</summary>
/// <param name="Label">The first it is given there; empty when it has none.</param>
/// <param name="Compatible">The one that a driver has.</param>
/// <param name="Driver">The driver's struct iommu_ops; empty when no driver of the tree has the compatible.</param>
/// <param name="IncludedBy">The files that include this one directly.</param>
/// <param name="Boards">How many boards have it in the end.</param>
public sealed record IommuNodeSource(
    string Node, string Label, SourcePlace Place, string Compatible, string Driver, ImmutableArray<string> IncludedBy, int Boards);

/// <summary>A node in a DTS file that refers to a vendor's group node.</summary>
public sealed record GroupReferenceSource(string Node, string Property, string Value, SourcePlace Place);

/// <summary>A board with a PCI host bridge behind an IOMMU.</summary>
/// <param name="File">Its .dts.</param>
public sealed record BoardSource(string File, ImmutableArray<BoardHostSource> Hosts);

/// <summary>A host bridge of a board.</summary>
/// <param name="Label">Empty when it has none.</param>
/// <param name="Map">The text of iommu-map.</param>
/// <param name="Place">Where that stands.</param>
/// <param name="Iommu">Label of the IOMMU that it refers to; empty when it is not seen.</param>
/// <param name="Driver">The driver of that IOMMU; empty when it is not seen.</param>
/// <param name="IsEnabled">Whether the board enables it.</param>
public sealed record BoardHostSource(string Path, string Label, string Map, SourcePlace Place, string Iommu, string Driver, bool IsEnabled);
