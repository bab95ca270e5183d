using KernelBuild.Diagnostics;
using KernelBuild.Patches.Diagnosis;

namespace KernelBuild.Patches.Reports;

/// <summary>A series, as a CI system sees it.</summary>
public sealed record JUnitSuite(string Name, IReadOnlyList<JUnitCase> Cases)
{
    public static JUnitSuite Of(string name, SeriesReport report) => new(name, [.. report.Patches.Select(patch => JUnitCase.Of(
        patch.Name, VerdictWord.Of(patch.Verdict), patch.Findings))]);
}

/// <param name="Name">The patch, or what was done with it.</param>
/// <param name="Type">Code of the first error.</param>
/// <param name="Failure">Null when all is well.</param>
/// <param name="Skipped">Not tried, because one before it failed.</param>
public sealed record JUnitCase(string Name, string Type, string? Failure, bool Skipped)
{
    /// <summary>A patch with its verdict, a word of <see cref="VerdictWord"/>.</summary>
    public static JUnitCase Of(string name, string verdict, IEnumerable<Diagnostic> findings)
    {
        var errors = findings.Where(finding => finding.Severity == DiagnosticSeverity.Error).ToArray();
        var failed = verdict != VerdictWord.Of(PatchVerdict.Applied) && verdict != VerdictWord.Of(PatchVerdict.NotTried);
        return new JUnitCase(
            name, errors.FirstOrDefault()?.Code ?? verdict,
            failed ? string.Join('\n', errors.Select(error => error.ToString()).DefaultIfEmpty(verdict)) : null,
            verdict == VerdictWord.Of(PatchVerdict.NotTried));
    }
}
