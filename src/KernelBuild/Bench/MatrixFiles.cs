using System.Text.Json;
using KernelBuild.Host.Files;
using KernelBuild.Host.Reporting;

namespace KernelBuild.Bench;

/// <summary>
/// A matrix as files, for people and for CI systems: report.json ({"cells": [{"series", "device", "verdict", "patches": […]}]}), .md,
/// .junit.xml, .sarif.
/// </summary>
public static class MatrixFiles
{
    /// <param name="root">Files below this folder are named relative to it in the SARIF log.</param>
    public static void Write(MatrixReport report, string folder, string root)
    {
        Directory.CreateDirectory(folder);
        AtomicFile.Write(Path.Combine(folder, "report.json"), JsonSerializer.Serialize(report, MatrixJson.Readable.MatrixReport) + "\n");
        AtomicFile.Write(Path.Combine(folder, "report.md"), MatrixText.Markdown(report));
        using var junit = new MemoryStream();
        JUnitReport.Write(junit, [.. report.Cells.Select(cell => cell.ToSuite())]);
        AtomicFile.Write(Path.Combine(folder, "report.junit.xml"), junit.ToArray());
        using var sarif = new MemoryStream();
        SarifReport.Write(sarif, new SarifRun(
            [.. report.Cells.SelectMany(cell => cell.Patches.SelectMany(patch => patch.Findings).Concat(cell.Findings))], root, Path.Combine(root, "patches"))
        {
            Pages = new CodePages(root, Environment.GetEnvironmentVariable),
            Category = "patches",
        });
        AtomicFile.Write(Path.Combine(folder, "report.sarif"), sarif.ToArray());
    }
}
