using System.Collections.Immutable;
using System.Globalization;
using KernelBuild.Diagnostics;
using KernelBuild.Iommu.Binding;
using KernelBuild.Iommu.Prediction;

namespace KernelBuild.Iommu.Explanation;

/// <summary>Why a group is shared, in one sentence for somebody who has one minute.</summary>
public static class GroupSentence
{
    private const int MostReasons = 2;

    /// <summary>
    /// "4 devices: the SMMU /soc/iommu@1 sees one stream ID, 0x0, for them: iommu-map-mask is 0x0 at /soc/pcie@2"; empty for a device
    /// alone.
    /// </summary>
    public static string Of(GroupPrediction prediction, int group, IommuTree tree, PredictionOptions options)
    {
        var members = prediction.Decisions.Where(decision => decision.Group == group).ToImmutableArray();
        if (members.Length < 2)
        {
            return "";
        }

        var joined = members.Where(member => member.Joined is not null).ToArray();
        var reasons = joined.DistinctBy(member => member.Rule)
            .Select(member => Reason(member, joined, tree, options)).Distinct(StringComparer.Ordinal).ToArray();
        return $"{Counted.Of(members.Length, "device")}: "
            + string.Join("; and ", reasons.Take(MostReasons))
            + (reasons.Length > MostReasons ? "; and more" : "");
    }

    private static string Reason(GroupDecision member, GroupDecision[] joined, IommuTree tree, PredictionOptions options)
    {
        if (member is not { Rule: var rule, Provider: { Kind: IommuKind.Smmu } provider } || rule != GroupingRule.IommuDriver
            || !member.KernelFunction.Contains("arm_smmu_device_group", StringComparison.Ordinal))
        {
            return member.Reason;
        }

        var streams = joined.Where(other => other.Rule == rule).SelectMany(other => other.Streams).Distinct().ToArray();
        var seen = streams is [var one] ? $"sees one stream ID, {one}, for them" : "cannot tell their stream IDs apart";
        return $"the SMMU {provider.Path} {seen}{Mask(member, tree, options)}";
    }

    /// <summary>A mask of the host that leaves several functions one ID.</summary>
    private static string Mask(GroupDecision member, IommuTree tree, PredictionOptions options)
    {
        var host = member.Function is { } function ? tree.HostOf(function.Address.Domain, options.HostPaths) : null;
        var map = options.Kernel.MapsByTarget ? host?.ByTarget : host?.FourCells;
        return map is null || (map.Mask & 0xffff) == 0xffff ? ""
            : string.Create(CultureInfo.InvariantCulture, $": iommu-map-mask is 0x{map.Mask:x} at {host!.Path}");
    }
}
