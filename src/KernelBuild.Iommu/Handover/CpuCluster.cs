using System.Collections.Immutable;

namespace KernelBuild.Iommu.Handover;

/// <param name="Compatible">As the tree has it, "arm,cortex-a78"; empty when it says nothing.</param>
/// <param name="Processors">Numbers as Linux counts them: the order of the nodes.</param>
public sealed record CpuCluster(string Compatible, ImmutableArray<int> Processors);
