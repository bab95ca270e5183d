using KernelBuild.Diagnostics;
using KernelBuild.Host.Reporting;
using KernelBuild.Patches.Diagnosis;

namespace KernelBuild.Patches.Reports;

/// <summary>A series as the tests of a CI system: a case for each patch.</summary>
public static class PatchCases
{
    public static JUnitSuite Of(string name, SeriesReport report) => new(name, [.. report.Patches.Select(patch => Of(
        patch.Name, VerdictWord.Of(patch.Verdict), patch.Findings))]);

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
