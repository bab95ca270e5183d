using System.Collections.Immutable;
using KernelBuild.Iommu.Prediction;

namespace KernelBuild.Iommu.Explanation;

/// <summary>
/// How a device came into a group that several share. The device that began a group was grouped alone: only those that joined it later tell
/// why it is shared, so that every member's explanation has all of them.
/// </summary>
/// <param name="Joined">The device whose group it took; null for the one that began the group.</param>
/// <param name="Rule">By which rule.</param>
/// <param name="Sentence">One sentence, with both names.</param>
public sealed record GroupMember(string Device, string? Joined, GroupingRule Rule, string Sentence)
{
    /// <summary>The members of a device's group in the order in which they were grouped; empty for a device that is alone, or without a group.</summary>
    public static ImmutableArray<GroupMember> Of(GroupPrediction prediction, string device)
    {
        if (prediction.Of(device) is not { Group: { } group } || prediction.Companions(device).Length < 2)
        {
            return [];
        }

        return
        [
            .. prediction.Decisions.Where(decision => decision.Group == group).OrderBy(decision => decision.Joined is not null).Select(decision =>
                new GroupMember(
                    decision.Device, decision.Joined, decision.Rule,
                    decision.Joined is { } joined
                        ? $"{decision.Device} joined {joined} ({decision.Rule}): {decision.Reason}"
                        : $"{decision.Device} began the group: it was the first of these to be grouped ({decision.Rule}: {decision.Reason})")),
        ];
    }
}
