using KernelBuild.Iommu.Prediction;

namespace KernelBuild.Iommu.Curing;

/// <summary>Says what cannot be had, and why.</summary>
internal static class ImpossibleCures
{
    /// <summary>Null when the device is, or can be, alone.</summary>
    public static Cure? Find(CureSituation situation, IReadOnlyList<Cure> cures)
    {
        if (situation.Device is null || situation.Before.Of(situation.Device) is not { } decision || situation.Before.Companions(situation.Device).Length == 1)
        {
            return null;
        }

        if (situation.BridgeThatSpeaksFor is { } bridge)
        {
            return None($"all that is behind the {bridge.Kind} {bridge} sends as {DmaAliases.Of(situation.Topology, decision.Function!)[^1].Rid}: to no IOMMU are these devices apart", "Put the device into a PCI Express slot.");
        }

        return cures.Any(cure => cure.After.Companions(situation.Device).Length == 1)
            ? null
            : None($"nothing known here sets {situation.Device} alone", decision.Reason);

        Cure None(string title, string cost) => new("none", title, CureVerdict.Impossible, cost, situation.Before, []);
    }
}
