using System.Collections.Immutable;
using KernelBuild.Iommu.Prediction;

namespace KernelBuild.Iommu.Explanation;

/// <summary>
/// Why two devices share a group, as the chain of decisions that leads from both to the device that began it; or why they do not.
/// </summary>
/// <param name="Share">Whether they do; null when a group is unknown.</param>
/// <param name="Steps">One sentence each.</param>
public sealed record PairExplanation(bool? Share, ImmutableArray<string> Steps)
{
    /// <summary>Null when one of the devices is not there.</summary>
    public static PairExplanation? Of(GroupPrediction prediction, string first, string second)
    {
        if (prediction.Of(first) is not { } a || prediction.Of(second) is not { } b)
        {
            return null;
        }

        if (a.Group is null || b.Group is null)
        {
            return new PairExplanation(
                a.IsUnknown || b.IsUnknown ? null : false,
                [.. ((GroupDecision[])[a, b])
                    .Where(decision => decision.Group is null)
                    .Select(decision =>
                        $"{decision.Device} has {(decision.IsUnknown ? "an unknown" : "no")} group ({decision.Rule}): {decision.Reason}")]);
        }

        var steps = ImmutableArray.CreateBuilder<string>();
        if (a.Group != b.Group)
        {
            foreach (var decision in (GroupDecision[])[a, b])
            {
                steps.Add($"{decision.Device} is in group {decision.Group} ({decision.Rule}): {decision.Reason}");
            }

            return new PairExplanation(false, steps.DrainToImmutable());
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var start in (GroupDecision[])[a, b])
        {
            for (var decision = start; decision is not null && seen.Add(decision.Device); decision = decision.Joined is null
                ? null
                : prediction.Of(decision.Joined))
            {
                steps.Add(decision.Joined is null
                    ? $"{decision.Device} started group {decision.Group} ({decision.Rule})"
                    : $"{decision.Device} joined {decision.Joined} ({decision.Rule}): {decision.Reason}");
            }
        }

        return new PairExplanation(true, steps.DrainToImmutable());
    }
}
