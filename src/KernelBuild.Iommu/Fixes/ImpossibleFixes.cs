using KernelBuild.Iommu.Prediction;

namespace KernelBuild.Iommu.Fixes;

/// <summary>Says what is impossible, and why; and where nothing is known, which is less.</summary>
internal static class ImpossibleFixes
{
    /// <summary>Null when the device is, or can be, alone.</summary>
    public static GroupFix? Find(FixSituation situation, IReadOnlyList<GroupFix> fixes)
    {
        if (situation.Device is null || situation.Before.Of(situation.Device) is not { } decision
            || situation.Before.Companions(situation.Device).Length == 1)
        {
            return null;
        }

        if (situation.BridgeThatSpeaksFor is { } bridge)
        {
            return None(
                $"every device behind the {bridge.Kind} {bridge} sends as {DmaAliases.Of(situation.Topology, decision.Function!)[^1].Rid}: "
                + $"no IOMMU can tell these devices apart",
                "Put the device into a PCI Express slot.");
        }

        return fixes.Any(fix => fix.After.Companions(situation.Device).Length == 1)
            ? null
            : new GroupFix(
                "none", $"nothing known here gives {situation.Device} a group of its own: {Cause(situation, decision)}",
                    FixVerdict.NothingKnown,
                decision.Reason, situation.Before, []);

        GroupFix None(string title, string cost) => new("none", title, FixVerdict.Impossible, cost, situation.Before, []);
    }

    private static string Cause(FixSituation situation, GroupDecision decision) => situation.Tree.Providers.Count == 0
        ? "this tree has no IOMMU"
        : decision.Group is null
            ? decision.Reason
            : $"it shares its group by the rule {decision.Rule}";
}
