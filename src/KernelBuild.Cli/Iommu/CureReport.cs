using KernelBuild.Cli.CommandLine;
using KernelBuild.Iommu.Curing;
using KernelBuild.Iommu.Reporting;

namespace KernelBuild.Cli.Iommu;

/// <summary>The JSON document of <c>iommu cure --json</c>. Members are added, never renamed or removed, while the format version stays.</summary>
/// <param name="Device">Null for the machine as a whole.</param>
/// <param name="Groups">How many there are now.</param>
internal sealed record CureReport(string? Device, int Groups, IReadOnlyList<CureInfo> Cures) : JsonReport;

/// <summary>A cure in JSON.</summary>
/// <param name="Verdict">"enforced by hardware", "asserted only" or "impossible".</param>
/// <param name="With">The other devices of the device's group with the cure; null when it has no group, or none was named.</param>
/// <param name="Artifacts">Empty for what is only asserted, unless --accept-asserted was given.</param>
internal sealed record CureInfo(
    string Name, string Title, string Verdict, string Cost, IReadOnlyList<GroupInfo> Groups, IReadOnlyList<UngroupedInfo> Ungrouped, IReadOnlyList<string>? With, IReadOnlyList<ArtifactInfo> Artifacts)
{
    public static CureInfo From(Cure cure, string? device, bool acceptAsserted) => new(
        cure.Name,
        cure.Title,
        VerdictText.Of(cure.Verdict),
        cure.Cost,
        [.. cure.After.Groups.Select(group => new GroupInfo(group.Id, group.Devices))],
        [.. cure.After.Ungrouped.Select(decision => UngroupedInfo.From(decision))],
        device is null || cure.After.Companions(device).IsEmpty ? null : [.. cure.After.Companions(device).Where(other => other != device)],
        IommuCureCommand.IsShown(cure, acceptAsserted) ? [.. cure.Artifacts.Select(artifact => new ArtifactInfo(artifact.Kind, artifact.Text))] : []);
}

/// <summary>A change, ready to be used.</summary>
internal sealed record ArtifactInfo(string Kind, string Text);
