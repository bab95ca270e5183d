using KernelBuild.Cli.CommandLine;
using KernelBuild.Iommu.Explanation;
using KernelBuild.Iommu.Prediction;
using KernelBuild.Iommu.Topology;

namespace KernelBuild.Cli.Iommu;

/// <summary>
/// The JSON document of <c>iommu explain --json</c>. Members are added, never renamed or removed, while the format version stays.
/// </summary>
/// <param name="Pair">Null unless two devices were named.</param>
internal sealed record ExplainReport(IReadOnlyList<DeviceInfo> Devices, PairInfo? Pair) : JsonReport;

/// <summary>Why two devices share a group, or do not.</summary>
/// <param name="Share">Null when a group is unknown.</param>
internal sealed record PairInfo(bool? Share, IReadOnlyList<string> Steps);

/// <summary>A device in JSON.</summary>
/// <param name="Group">Null when it has none, or when it is unknown.</param>
/// <param name="IsUnknown">Whether the group depends on what was not captured.</param>
/// <param name="Rule">The rule's id: S1 to S8, with a letter for the steps of S6.</param>
/// <param name="RuleName">The rule in words.</param>
/// <param name="With">The other devices of its group.</param>
/// <param name="Viable">Whether VFIO takes the group; null without a group, or when that depends on drivers that were not captured.</param>
/// <param name="Coherent">Whether the IOMMU says that it is; null without a group.</param>
/// <param name="Blockers">Devices that must lose their drivers first.</param>
internal sealed record DeviceInfo(
    string Device, int? Group, bool IsUnknown, string Rule, string RuleName, string Reason, string KernelFunction, string? Joined,
    IReadOnlyList<string> Evidence, IReadOnlyList<string> With,
    bool? Viable, bool? Coherent, IReadOnlyList<string> Blockers, IReadOnlyList<string> Warnings)
{
    /// <summary>Who came into the group, how and why, this device among them; empty when it is alone.</summary>
    public IReadOnlyList<MemberInfo> Members { get; init; } = [];

    /// <summary>What a PCI function is called; empty for devices of the platform.</summary>
    public string Name { get; init; } = "";

    public static DeviceInfo From(GroupDecision decision, GroupPrediction prediction, GroupViability? viability, PciNames names) => new(
        decision.Device, decision.Group, decision.IsUnknown, decision.Rule.Id, decision.Rule.Name, decision.Reason,
            decision.KernelFunction, decision.Joined,
        decision.Evidence,
        [.. prediction.Companions(decision.Device).Where(other => other != decision.Device)],
        viability?.IsViable, viability?.IsCoherent, viability?.Blockers ?? [], viability?.Warnings ?? [])
    {
        Name = decision.Function is { } function ? names.Of(function) : "",
        Members = [.. GroupMember.Of(prediction, decision.Device).Select(MemberInfo.From)],
    };
}

/// <summary>A member of a shared group in JSON.</summary>
/// <param name="Joined">The device whose group it took; null for the one that began the group.</param>
/// <param name="Rule">The rule's id.</param>
/// <param name="Reason">One sentence.</param>
internal sealed record MemberInfo(string Device, string? Joined, string Rule, string RuleName, string Reason)
{
    public static MemberInfo From(GroupMember member) => new(member.Device, member.Joined, member.Rule.Id, member.Rule.Name, member.Sentence);
}
