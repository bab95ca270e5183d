using System.Globalization;
using System.Text;
using KernelBuild.Diagnostics;
using KernelBuild.Patches.Diagnosis;

namespace KernelBuild.Patches.Reports;

/// <summary>A series report for a terminal: a line for each patch, the findings below, the outcome last.</summary>
public static class TextReport
{
    /// <param name="everyHunk">List hunks that applied too.</param>
    public static string Of(SeriesReport report, bool everyHunk)
    {
        var text = new StringBuilder();
        var width = report.Patches.Select(patch => patch.Name.Length).DefaultIfEmpty(0).Max();
        foreach (var patch in report.Patches)
        {
            text.Append($"{patch.Name.PadRight(width)}  {VerdictWord.Of(patch.Verdict),-15}{Remarks(patch)}".TrimEnd()).Append('\n');
            if (everyHunk)
            {
                AppendHunks(text, patch);
            }
        }

        foreach (var finding in report.Findings.Where(finding => finding.Severity != DiagnosticSeverity.Note || everyHunk || finding.Code == DiagnosticCodes.PatchThread))
        {
            text.Append('\n').Append(finding).Append('\n');
        }

        var applied = report.Patches.Count(patch => patch.Verdict == PatchVerdict.Applied);
        text.Append(CultureInfo.InvariantCulture, $"\n{applied} of {report.Patches.Length} patches applied");
        text.Append(report.Commit is { } commit
            ? string.Create(CultureInfo.InvariantCulture, $": tree {report.Tree}, commit {commit}\n")
            : "; nothing was changed\n");
        return text.ToString();
    }

    private static string Remarks(PatchReport patch)
    {
        var hunks = patch.Hunks.ToArray();
        var parts = new List<string> { Count(patch.Files.Length, "file"), Count(hunks.Length, "hunk") };
        foreach (var group in hunks
            .Where(hunk => hunk.Verdict != HunkVerdict.Applied)
            .GroupBy(hunk => hunk.Verdict)
            .OrderBy(group => group.Key))
        {
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"{group.Count()} {VerdictWord.Of(group.Key)}"));
        }

        return patch.Verdict is PatchVerdict.NotTried or PatchVerdict.Malformed ? "" : string.Join(", ", parts);
    }

    private static void AppendHunks(StringBuilder text, PatchReport patch)
    {
        foreach (var hunk in patch.Hunks)
        {
            text.Append(CultureInfo.InvariantCulture, $"    {hunk.File} #{hunk.Number} {hunk.Header}: {VerdictWord.Of(hunk.Verdict)}");
            text
                .Append(hunk.Offset == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" at line {hunk.Line} ({hunk.Offset:+0;-0})"))
                .Append('\n');
        }
    }

    private static string Count(int count, string what) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {what}{(count == 1 ? "" : "s")}");
}
