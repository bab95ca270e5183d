using System.Globalization;
using KernelBuild.Iommu.Binding;
using KernelBuild.Iommu.Prediction;
using KernelBuild.Iommu.Topology;

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

    /// <summary>Why, in the words of the first line: what is missing, with names and numbers.</summary>
    private static string Cause(FixSituation situation, GroupDecision decision)
    {
        var tree = situation.Tree;
        if (tree.Providers.Count == 0 && !tree.IsAcpiStub)
        {
            return tree.IsIort ? "this machine's IORT has no SMMU" : "this tree has no IOMMU";
        }

        if (tree.Providers.Count > 0 && !tree.Providers.Any(provider => provider.IsAvailable))
        {
            return $"every IOMMU of this tree is disabled ({string.Join(", ", tree.Providers.Select(provider => provider.Path))})";
        }

        if (decision.Group is not null)
        {
            return $"it shares its group by the rule {decision.Rule}: {decision.Reason}";
        }

        return decision.Function is { } function && situation.HostOf(function.Address.Domain) is { } host
            ? Map(situation, host, function) ?? decision.Reason
            : decision.Reason;
    }

    private static string? Map(FixSituation situation, PciHost host, PciFunction function)
    {
        var map = situation.Options.Kernel.MapsByTarget ? host.ByTarget : host.FourCells;
        var missing = DmaAliases.Of(situation.Topology, function).Select(alias => alias.Rid).Distinct()
            .Where(rid => map is null || !map.Entries.Any(entry =>
                (rid.Value & map.Mask) >= entry.InputBase && (rid.Value & map.Mask) - entry.InputBase < entry.Length))
            .Select(rid => string.Create(CultureInfo.InvariantCulture, $"0x{rid.Value:x} ({rid})")).ToArray();
        return missing.Length == 0 ? null
            : !host.HasMap ? $"no map: {host.Path} has no iommu-map, and these IDs are missing: {string.Join(", ", missing)}"
            : map is null ? null
            : $"no map: these IDs are missing in {host.Path}:iommu-map: {string.Join(", ", missing)}";
    }
}
