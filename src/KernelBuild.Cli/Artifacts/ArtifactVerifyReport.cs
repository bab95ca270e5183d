using KernelBuild.Attestation;
using KernelBuild.Cli.CommandLine;

namespace KernelBuild.Cli.Artifacts;

/// <summary>
/// The JSON document of <c>artifact verify --json</c>. Members are added, never renamed or removed, while the format version stays.
/// </summary>
/// <param name="Good">No finding is an error.</param>
/// <param name="Signers">Of good signatures.</param>
/// <param name="Files">Findings with the file that each is about, below the folder; null where it is about the whole.</param>
internal sealed record ArtifactVerifyReport(
    string Folder, bool Good, string Device, string? Release, IReadOnlyList<string> Signers, IReadOnlyList<ArtifactFinding> Files) : JsonReport
{
    public static ArtifactVerifyReport From(ArtifactReport report) => new(
        report.Folder, report.IsGood, report.Manifest.Device, report.Manifest.Kernel?.Release, [.. report.Signers.Distinct()],
        [
            .. report.Findings.Select(finding => new ArtifactFinding(
                finding.File is { } file ? Path.GetRelativePath(report.Folder, file) : null, FindingInfo.From(finding), finding.Details)),
        ])
    {
        Findings = [.. report.Findings.Select(FindingInfo.From)],
    };
}

/// <summary>A finding and where it is.</summary>
internal sealed record ArtifactFinding(string? File, FindingInfo Finding, IReadOnlyList<string> Details);
