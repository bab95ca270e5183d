using System.Collections.Immutable;
using KernelBuild.Iommu.Binding;

namespace KernelBuild.Iommu.Prediction;

/// <summary>An IOMMU and stream IDs, or the rule and the reason why there are none.</summary>
internal sealed record StreamResult(IommuProvider? Provider, ImmutableArray<StreamId> Streams, GroupingRule Rule, string Reason)
{
    public static StreamResult Failed(GroupingRule rule, string reason) => new(null, [], rule, reason);
}
