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
        if (device is not null && situation.Before.Of(device) is { IsUnknown: true } unknown)
        {
            return [new GroupFix("none", $"nothing can be said for {device} yet", FixVerdict.Unknown, unknown.Reason, situation.Before,
                [])];
        }

        // what is asserted of ports that nobody has looked at would be asserted of anything
        var candidates = AcsFixes.Find(situation)
            .Concat(tree.IsAcpi ? []
                : DeviceTreeFixes.Find(situation).Concat(SharedStreamFixes.Find(situation)).Concat(PlatformStreamFixes.Find(situation))
                    .Concat(VendorGroupFixes.Find(situation)))
            .Concat(situation.Before.Unknown.Any() ? [] : AssertedFixes.Find(situation));
        var fixes = candidates
            .Where(fix => situation.Helps(fix) && !(fix.Verdict == FixVerdict.AssertedOnly && situation.BridgeThatSpeaksFor is not null))
            .ToImmutableArray();
        if (device is not null && situation.BridgeThatSpeaksFor is null && !tree.IsAcpi)
        {
            var best = fixes.Where(fix => fix.Name != "dma-coherent" && fix.Verdict == FixVerdict.EnforcedByHardware)
                .Select(fix => fix.After.Companions(device).Length)
                .Append(situation.Before.Companions(device).Length is > 0 and var now ? now : int.MaxValue).Min();
            if (best > 1)
            {
                fixes = fixes.AddRange(CombinedFixes.Find(situation, best));
            }
        }

        return ImpossibleFixes.Find(situation, fixes) is { } impossible ? fixes.Add(impossible) : fixes;
    }
}
