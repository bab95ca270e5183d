using KernelBuild.Iommu.Binding;
using KernelBuild.Iommu.Prediction;

namespace KernelBuild.Iommu.Fixes;

/// <summary>
/// Two or three changes that give a device a smaller group only together: changes of the tree, and after them one of the tree or of ACS.
/// The
/// fewest come first.
/// </summary>
internal static class CombinedFixes
{
    private const int MostChanges = 3;

    /// <param name="best">How many devices share the group with the best single fix, or now.</param>
    public static IEnumerable<GroupFix> Find(FixSituation situation, int best)
    {
        List<(FixSituation Situation, GroupFix? Fix)> reached = [(situation, null)];
        for (var count = 2; count <= MostChanges; count++)
        {
            // one change of the tree more than before
            reached = [.. reached.SelectMany(one => TreeFixes(one.Situation)
                .Where(fix => fix.Tree is not null && !Names(one.Fix).Contains(fix.Name))
                .Select(fix => (After(one.Situation, fix), (GroupFix?)Join(one.Fix, fix))))];
            var found = reached.SelectMany(one => AcsFixes.Find(one.Situation).Concat(TreeFixes(one.Situation))
                    .Where(fix => !Names(one.Fix).Contains(fix.Name))
                    .Select(fix => Join(one.Fix, fix)))
                .Where(fix => fix.After.Companions(situation.Device!).Length is > 0 and var size && size < best)
                .DistinctBy(fix => string.Join('+', Names(fix).Order(StringComparer.Ordinal)))
                .ToArray();
            if (found.Length > 0)
            {
                return found;
            }
        }

        return [];
    }

    private static IEnumerable<GroupFix> TreeFixes(FixSituation situation) =>
        DeviceTreeFixes.Find(situation).Where(fix => fix.Name != "dma-coherent").Concat(SharedStreamFixes.Find(situation));

    private static FixSituation After(FixSituation situation, GroupFix fix)
    {
        var tree = new IommuTree(fix.Tree!);
        return situation with { Tree = tree, Before = GroupPredictor.Predict(tree, situation.Topology, situation.Options) };
    }

    private static string[] Names(GroupFix? fix) => fix?.Name.Split('+') ?? [];

    private static GroupFix Join(GroupFix? first, GroupFix second) => first is null ? second : second with
    {
        Name = $"{first.Name}+{second.Name}",
        Title = $"{first.Title}; and {second.Title}",
        Verdict = first.Verdict == FixVerdict.AssertedOnly ? FixVerdict.AssertedOnly : second.Verdict,
        Cost = $"Only together: neither changes the group alone. {first.Cost} {second.Cost}",
        Artifacts = [.. first.Artifacts, .. second.Artifacts],
        Tree = second.Tree ?? first.Tree,
        Changes = [.. first.Changes, .. second.Changes],
    };
}
