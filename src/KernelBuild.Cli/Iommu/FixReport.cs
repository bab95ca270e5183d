using KernelBuild.Cli.CommandLine;
using KernelBuild.Iommu.Fixes;
using KernelBuild.Iommu.Reporting;

namespace KernelBuild.Cli.Iommu;

/// <summary>
/// The JSON document of <c>iommu fix --json</c>. Members are added, never renamed or removed, while the format version stays.
/// </summary>
/// <param name="Device">Null for the machine as a whole.</param>
/// <param name="Groups">How many there are now.</param>
/// <param name="Cures">The fixes; the member was named when they were called cures.</param>
internal sealed record FixReport(string? Device, int Groups, IReadOnlyList<FixInfo> Cures) : JsonReport;

/// <summary>A fix in JSON.</summary>
/// <param name="Verdict">"enforced by hardware", "asserted only", "impossible", "unknown" or
/// "nothing known".</param>
/// <param name="With">The other devices of the device's group with the fix; null when it has no group, or none was named.</param>
/// <param name="Artifacts">Empty for what is only asserted, unless --accept-asserted was given.</param>
internal sealed record FixInfo(
    string Name, string Title, string Verdict, string Cost, IReadOnlyList<GroupInfo> Groups, IReadOnlyList<UngroupedInfo> Ungrouped,
    IReadOnlyList<string>? With, IReadOnlyList<ArtifactInfo> Artifacts)
{
    public static FixInfo From(GroupFix fix, string? device, bool acceptAsserted) => new(
        fix.Name,
        fix.Title,
        VerdictText.Of(fix.Verdict),
        fix.Cost,
        [.. fix.After.Groups.Select(group => new GroupInfo(group.Id, group.Devices))],
        [.. fix.After.Ungrouped.Select(decision => UngroupedInfo.From(decision))],
        device is null || fix.After.Companions(device).IsEmpty ? null : [.. fix.After.Companions(device).Where(other => other != device)],
        IommuFixCommand.IsShown(fix, acceptAsserted)
            ? [.. fix.Artifacts.Select(artifact => new ArtifactInfo(artifact.Kind, artifact.Text))]
            : []);
}

/// <summary>A change, ready to be used.</summary>
internal sealed record ArtifactInfo(string Kind, string Text);
