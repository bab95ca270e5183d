using System.Collections.Immutable;
using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Iommu.Binding;

namespace KernelBuild.Iommu.Prediction;

/// <summary>An IOMMU and stream IDs, or the rule and the reason why there are none.</summary>
internal sealed record StreamResult(IommuProvider? Provider, ImmutableArray<StreamId> Streams, GroupingRule Rule, string Reason)
{
    /// <summary>Every stream with its IOMMU: a device can be behind several.</summary>
    public ImmutableArray<(LocatedNode Iommu, uint Stream)> Places { get; init; } = [];

    public static StreamResult Failed(GroupingRule rule, string reason) => new(null, [], rule, reason);
}
