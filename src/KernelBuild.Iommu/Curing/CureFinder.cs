using System.Collections.Immutable;
using KernelBuild.Iommu.Binding;
using KernelBuild.Iommu.Prediction;
using KernelBuild.Iommu.Topology;

namespace KernelBuild.Iommu.Curing;

/// <summary>Finds what changes the group of a device, from the least invasive on; only what the prediction shows to help is proposed.</summary>
public static class CureFinder
{
    /// <param name="device">The device to set apart; null for the machine as a whole.</param>
    public static ImmutableArray<Cure> Find(IommuTree tree, PciTopology topology, PredictionOptions options, string? device)
    {
        var situation = new CureSituation(tree, topology, options, GroupPredictor.Predict(tree, topology, options), device);
        var candidates = AcsCures.Find(situation).Concat(DeviceTreeCures.Find(situation)).Concat(AssertedCures.Find(situation));
        var cures = candidates.Where(cure => situation.Helps(cure) && !(cure.Verdict == CureVerdict.AssertedOnly && situation.BridgeThatSpeaksFor is not null)).ToImmutableArray();
        return ImpossibleCures.Find(situation, cures) is { } impossible ? cures.Add(impossible) : cures;
    }
}
