using KernelBuild.Diagnostics;
using KernelBuild.Patches.Bench;
using KernelBuild.Patches.Diagnosis;

namespace KernelBuild.Patches.Reports;

/// <summary>A series, as a CI system sees it.</summary>
public sealed record JUnitSuite(string Name, IReadOnlyList<JUnitCase> Cases)
{
    public static JUnitSuite Of(string name, SeriesReport report) => new(name, [.. report.Patches.Select(patch => Of(
        patch.Name, VerdictWord.Of(patch.Verdict), patch.Findings))]);

    /// <summary>The patches of a cell, and a case of its own for the build or the boot.</summary>
    public static JUnitSuite Of(MatrixCell cell)
    {
        var cases = cell.Patches.Select(patch => Of(patch.Name, patch.Verdict, patch.Findings)).ToList();
        if (cell.Verdict is not ("applied" or "failed"))
        {
            cases.Add(new JUnitCase("build", cell.Verdict, cell.Succeeded ? null : string.Join('\n', cell.Log.DefaultIfEmpty(cell.Verdict)), Skipped: false));
        }

        return new JUnitSuite(cell.Name, cases);
    }

    private static JUnitCase Of(string name, string verdict, IEnumerable<Diagnostic> findings)
    {
        var errors = findings.Where(finding => finding.Severity == DiagnosticSeverity.Error).ToArray();
        var failed = verdict != VerdictWord.Of(PatchVerdict.Applied) && verdict != VerdictWord.Of(PatchVerdict.NotTried);
        return new JUnitCase(
            name, errors.FirstOrDefault()?.Code ?? verdict, failed ? string.Join('\n', errors.Select(error => error.ToString()).DefaultIfEmpty(verdict)) : null,
            verdict == VerdictWord.Of(PatchVerdict.NotTried));
    }
}

/// <param name="Type">Code of the first error.</param>
/// <param name="Failure">Null when all is well.</param>
public sealed record JUnitCase(string Name, string Type, string? Failure, bool Skipped);
