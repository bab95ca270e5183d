using System.Collections.Immutable;
using KernelBuild.Diagnostics;
using KernelBuild.Manifest;

namespace KernelBuild.Attestation;

/// <summary>What a verification found.</summary>
/// <param name="Findings">Errors for what is wrong, warnings for what nothing vouches for.</param>
/// <param name="Signers">Of good signatures.</param>
public sealed record ArtifactReport(
    string Folder, ManifestDocument Manifest, ImmutableArray<Diagnostic> Findings, ImmutableArray<string> Signers)
{
    public bool IsGood => !Findings.Any(finding => finding.Severity == DiagnosticSeverity.Error);
}
