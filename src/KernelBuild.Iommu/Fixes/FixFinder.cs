using System.Collections.Immutable;
using KernelBuild.Iommu.Binding;
using KernelBuild.Iommu.Prediction;
using KernelBuild.Iommu.Topology;

namespace KernelBuild.Iommu.Fixes;

/// <summary>
/// Finds what changes the group of a device, from the least invasive on; only what the prediction shows to help is proposed.
/// </summary>
public static class FixFinder
{
    /// <param name="device">The device to set apart; null for the machine as a whole.</param>
    public static ImmutableArray<GroupFix> Find(IommuTree tree, PciTopology topology, PredictionOptions options, string? device)
    {
        var situation = new FixSituation(tree, topology, options, GroupPredictor.Predict(tree, topology, options), device);
        var candidates = AcsFixes.Find(situation).Concat(DeviceTreeFixes.Find(situation)).Concat(AssertedFixes.Find(situation));
        var fixes = candidates
            .Where(fix => situation.Helps(fix) && !(fix.Verdict == FixVerdict.AssertedOnly && situation.BridgeThatSpeaksFor is not null))
            .ToImmutableArray();
        return ImpossibleFixes.Find(situation, fixes) is { } impossible ? fixes.Add(impossible) : fixes;
    }
}
