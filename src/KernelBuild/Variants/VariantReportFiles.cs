using System.Text.Json;
using KernelBuild.Host.Files;
using KernelBuild.Host.Reporting;

namespace KernelBuild.Variants;

/// <summary>A matrix as files: report.json, report.md, report.junit.xml, report.sarif.</summary>
public static class VariantReportFiles
{
    /// <param name="root">Files below this folder are named relative to it in the SARIF log.</param>
    public static void Write(VariantReport report, string folder, string root)
    {
        Directory.CreateDirectory(folder);
        AtomicFile.Write(Path.Combine(folder, "report.json"), JsonSerializer.Serialize(report, VariantJson.Readable.VariantReport) + "\n");
        AtomicFile.Write(Path.Combine(folder, "report.md"), VariantText.Markdown(report));
        using var junit = new MemoryStream();
        JUnitReport.Write(junit, [.. report.Cells
            .GroupBy(cell => cell.Device, StringComparer.Ordinal)
            .Select(device => new JUnitSuite(device.Key, [.. device.Select(CaseOf)]))]);
        AtomicFile.Write(Path.Combine(folder, "report.junit.xml"), junit.ToArray());
        using var sarif = new MemoryStream();
        SarifReport.Write(sarif, new SarifRun(
            [.. report.Cells.SelectMany(cell => cell.Findings)], root, Path.Combine(root, ".nuke", "parameters.json"))
        {
            Pages = new CodePages(root, Environment.GetEnvironmentVariable),
            Category = "matrix",
        });
        AtomicFile.Write(Path.Combine(folder, "report.sarif"), sarif.ToArray());
    }

    private static JUnitCase CaseOf(CellResult cell) => (cell.Verdict switch
    {
        CellVerdict.Failed => new JUnitCase(
            cell.Name, cell.Findings.FirstOrDefault()?.Code ?? "failed",
            string.Join('\n', VariantText.Lines(cell).DefaultIfEmpty("failed")), Skipped: false),
        CellVerdict.NotRun => new JUnitCase(cell.Name, "", null, Skipped: true),
        _ => new JUnitCase(cell.Name, "", null, Skipped: false),
    }) with { Duration = TimeSpan.FromSeconds(cell.Seconds) };
}
