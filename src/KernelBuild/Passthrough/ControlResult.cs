using System.Collections.Immutable;

namespace KernelBuild.Passthrough;

/// <summary>The isolation test on a machine without an IOMMU, where it must fail.</summary>
/// <param name="Arrived">Whether the DMA reached the memory that it was aimed at, as the guest says and the memory's file shows.</param>
/// <param name="Console">All that the guest said.</param>
public sealed record ControlResult(bool Arrived, ImmutableArray<string> Console);
