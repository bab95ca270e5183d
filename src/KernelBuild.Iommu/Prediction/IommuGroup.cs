using System.Collections.Immutable;

namespace KernelBuild.Iommu.Prediction;

/// <summary>Devices that only one guest can have, all together.</summary>
/// <param name="Id">
/// Counts the groups in the order of their making. Linux's numbers differ with the order of binding and mean nothing.
/// </param>
/// <param name="Devices">By name; at least one.</param>
public sealed record IommuGroup(int Id, ImmutableArray<string> Devices);
