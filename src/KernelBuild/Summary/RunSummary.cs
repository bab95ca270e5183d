using System.Globalization;
using System.Text;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Reporting;

namespace KernelBuild.Summary;

/// <summary>A run of the build in Markdown: its targets and its findings.</summary>
public static class RunSummary
{
    private const int MostFindings = 100;

    /// <param name="targets">In their order: name, how it ended, how long it ran.</param>
    /// <param name="root">Files below this folder are named relative to it.</param>
    public static string Of(
        IEnumerable<(string Name, string Status, TimeSpan Duration)> targets, IReadOnlyList<Diagnostic> findings, CodePages pages,
        string root)
    {
        var text = new StringBuilder();
        text.Append(Markdown.Table(
            ["target", "status", "time"],
            targets.Select(target => (string[])[Markdown.Text(target.Name), target.Status, Time(target.Duration)])));
        if (findings.Count > 0)
        {
            text.Append("## Findings\n\n").Append(Markdown.Table(
                ["", "code", "where", "what"],
                findings.OrderByDescending(finding => finding.Severity == DiagnosticSeverity.Error).Take(MostFindings)
                    .Select(finding => (string[])
                    [
                        finding.Severity switch
                        {
                            DiagnosticSeverity.Error => "error",
                            DiagnosticSeverity.Warning => "warning",
                            _ => "note",
                        },
                        Link(finding.Code, pages), Place(finding, root), What(finding),
                    ])));
            if (findings.Count > MostFindings)
            {
                text.Append(CultureInfo.InvariantCulture, $"And {findings.Count - MostFindings} more.\n\n");
            }
        }

        return text.ToString();
    }

    private static string Link(string code, CodePages pages) =>
        pages.AddressOf(code) is { } page ? $"[{Markdown.Text(code)}]({page.AbsoluteUri})" : Markdown.Text(code);

    private static string Place(Diagnostic finding, string root)
    {
        if (finding.File is not { } file)
        {
            return "";
        }

        var relative = Path.GetRelativePath(root, Path.GetFullPath(file));
        var name = relative.StartsWith("..", StringComparison.Ordinal) ? file : relative;
        return Markdown.Code(finding.Line > 0 ? string.Create(CultureInfo.InvariantCulture, $"{name}:{finding.Line}") : name);
    }

    private static string What(Diagnostic finding) =>
        Markdown.Text(finding.Message) + (finding.Fix.Length > 0 ? "<br>fix: " + Markdown.Text(finding.Fix) : "");

    private static string Time(TimeSpan duration) => duration < TimeSpan.FromMilliseconds(1)
        ? ""
        : duration < TimeSpan.FromMinutes(1)
            ? string.Create(CultureInfo.InvariantCulture, $"{duration.TotalSeconds:0.0} s")
            : string.Create(CultureInfo.InvariantCulture, $"{(int)duration.TotalMinutes} min {duration.Seconds} s");
}
