using System.Globalization;
using System.Text;
using KernelBuild.Diagnostics;
using KernelBuild.Patches.Diagnosis;
using KernelBuild.Patches.Reports;

namespace KernelBuild.Bench;

/// <summary>A matrix for a terminal, and as Markdown: series down, devices across.</summary>
public static class MatrixText
{
    public static string Of(MatrixReport report)
    {
        var text = new StringBuilder();
        var width = report.Cells.Select(cell => cell.Name.Length).DefaultIfEmpty(0).Max();
        foreach (var cell in report.Cells)
        {
            text.Append($"{cell.Name.PadRight(width)}  {cell.Verdict,-12} {Remark(cell)}".TrimEnd()).Append('\n');
        }

        foreach (var cell in report.Cells.Where(cell => !cell.Succeeded))
        {
            text.Append(CultureInfo.InvariantCulture, $"\n{cell.Name}:\n");
            foreach (var error in Errors(cell))
            {
                text.Append(error).Append('\n');
            }
        }

        var unchanged = report.Cells.Count(cell => cell.Unchanged);
        return text
            .Append(
                CultureInfo.InvariantCulture,
                $"\n{report.Cells.Count(cell => cell.Succeeded)} of {report.Cells.Count} cells succeeded, {unchanged} unchanged since an "
                + $"earlier run\n")
            .ToString();
    }

    public static string Markdown(MatrixReport report)
    {
        var devices = report.Cells.Select(cell => cell.Device).Distinct(StringComparer.Ordinal).ToArray();
        var text = new StringBuilder("## Patch sets\n\n| series | ").AppendJoin(" | ", devices).Append(" |\n|---|");
        for (var device = 0; device < devices.Length; device++)
        {
            text.Append("---|");
        }

        text.Append('\n');
        foreach (var row in report.Cells.GroupBy(
            cell => cell.Length == 0 ? cell.Series : string.Create(CultureInfo.InvariantCulture, $"{cell.Series}[1..{cell.Length}]"),
            StringComparer.Ordinal))
        {
            text.Append(CultureInfo.InvariantCulture, $"| {row.Key} |");
            foreach (var device in devices)
            {
                var cell = row.FirstOrDefault(cell => cell.Device == device);
                text.Append(
                    CultureInfo.InvariantCulture, $" {(cell is null ? "" : cell.Succeeded ? cell.Verdict : $"**{cell.Verdict}**")} |");
            }

            text.Append('\n');
        }

        foreach (var cell in report.Cells.Where(cell => !cell.Succeeded))
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"\n### {cell.Name}\n\n```text\n{string.Join('\n', Errors(cell)).Replace("```", "` ` `", StringComparison.Ordinal)}"
                + $"\n```\n");
        }

        return text.ToString();
    }

    private static IEnumerable<string> Errors(MatrixCell cell) => cell.Patches.SelectMany(patch => patch.Findings).Concat(cell.Findings)
        .Where(finding => finding.Severity == DiagnosticSeverity.Error).Select(finding => finding.ToString()).Concat(cell.Log);

    private static string Remark(MatrixCell cell)
    {
        var applied = cell.Patches.Count(patch => patch.Verdict == VerdictWord.Of(PatchVerdict.Applied));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{applied}/{cell.Patches.Count} patches{(cell.Unchanged ? ", unchanged" : $", {cell.Seconds:0.0} s")}");
    }
}
