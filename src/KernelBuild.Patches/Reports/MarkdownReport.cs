using System.Globalization;
using System.Text;
using KernelBuild.Diagnostics;
using KernelBuild.Patches.Diagnosis;

namespace KernelBuild.Patches.Reports;

/// <summary>A series report as Markdown, for the summary page of a CI run.</summary>
public static class MarkdownReport
{
    public static string Of(string name, SeriesReport report)
    {
        var text = new StringBuilder();
        var applied = report.Patches.Count(patch => patch.Verdict == PatchVerdict.Applied);
        text.Append(CultureInfo.InvariantCulture, $"## {Escape(name)}: {applied} of {report.Patches.Length} patches applied\n\n");
        if (report.Tree is { } tree)
        {
            text.Append(CultureInfo.InvariantCulture, $"Tree `{tree}`, commit `{report.Commit}`, on `{report.Base}`.\n\n");
        }

        text.Append("| patch | verdict | hunks | remarks |\n|---|---|---|---|\n");
        foreach (var patch in report.Patches)
        {
            var remarks = patch.Findings.Select(finding => $"{finding.Code}: {finding.Message}").Distinct(StringComparer.Ordinal).ToArray();
            var shown = string.Join("<br>", remarks.Take(3).Select(Escape))
                + (remarks.Length > 3 ? string.Create(CultureInfo.InvariantCulture, $"<br>and {remarks.Length - 3} more") : "");
            text.Append(
                CultureInfo.InvariantCulture,
                $"| `{patch.Name.Replace("|", "\\|", StringComparison.Ordinal)}` | {VerdictWord.Of(patch.Verdict)} | {patch.Hunks.Count()} "
                + $"| {shown} |\n");
        }

        foreach (var finding in report.Findings.Where(finding => finding.Severity == DiagnosticSeverity.Error && finding.Details.Count > 0))
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"\n{Escape(finding.Message)}\n\n```text\n"
                + $"{string.Join('\n', finding.Details).Replace("```", "` ` `", StringComparison.Ordinal)}\n```\n");
        }

        return text.ToString();
    }

    private static string Escape(string text) =>
        text
            .Replace("|", "\\|", StringComparison.Ordinal)
            .Replace("<", "&lt;", StringComparison.Ordinal)
            .Replace("\n", " ", StringComparison.Ordinal);
}
