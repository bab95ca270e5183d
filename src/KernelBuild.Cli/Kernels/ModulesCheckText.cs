using System.Globalization;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Diagnostics;

namespace KernelBuild.Cli.Kernels;

/// <summary>The verdicts for people: what will not load first, what loads only as a number.</summary>
internal static class ModulesCheckText
{
    private const int MostFindings = 6;
    private const int MostReasons = 5;

    public static void Write(ModulesCheckReport report, IReadOnlyList<Diagnostic> all, TextWriter output)
    {
        var kernel = report.Kernel;
        output.WriteLine($"{kernel.File}: {kernel.Release ?? "a kernel whose release is not known"}");
        output.WriteLine($"  version magic    {(kernel.Vermagic is null ? "not known" : $"'{kernel.Vermagic}'")}");
        var checksums = kernel.Checksums ? "with checksums" : "without checksums";
        var exports = kernel.Exports is { } count ? string.Create(CultureInfo.InvariantCulture, $"{count}, {checksums}") : "not known";
        output.WriteLine("  exports          " + exports);
        foreach (var source in kernel.Sources)
        {
            output.WriteLine("  from             " + source);
        }

        foreach (var finding in report.Findings)
        {
            Write(finding, output);
        }

        foreach (var module in report.Modules
            .Where(module => module.Outcome != "loads" || module.Findings.Count > 0)
            .OrderBy(module => module.Outcome == "refused" ? 0 : 1))
        {
            output.WriteLine($"\n{module.Outcome}: {module.Name} ({module.File})");
            foreach (var finding in module.Findings.Take(MostFindings))
            {
                Write(finding, output);
            }

            if (module.Findings.Count > MostFindings)
            {
                output.WriteLine(string.Create(
                    CultureInfo.InvariantCulture, $"  and {module.Findings.Count - MostFindings} more: see --json"));
            }
        }

        WriteSummary(report, all, output);
    }

    private static void WriteSummary(ModulesCheckReport report, IReadOnlyList<Diagnostic> all, TextWriter output)
    {
        output.WriteLine();
        var reasons = all
            .Where(finding => finding.Severity == DiagnosticSeverity.Error && finding.Code is DiagnosticCodes.ModuleSymbolMissing
                or DiagnosticCodes.ModuleSymbolVersionDiffers or DiagnosticCodes.ModuleVermagicDiffers)
            .GroupBy(finding => $"{finding.Code}: {finding.Message}")
            .Select(group => (Reason: group.Key, Count: group.Count()))
            .Where(reason => reason.Count > 1)
            .OrderByDescending(reason => reason.Count)
            .ThenBy(reason => reason.Reason, StringComparer.Ordinal)
            .Take(MostReasons);
        foreach (var (reason, count) in reasons)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{count} modules: {reason}"));
        }

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{report.Modules.Count} modules: {report.Loads} load, {report.Refused} {(report.Refused == 1 ? "is" : "are")} refused, "
                + $"{report.Unknown} unknown"));
    }

    private static void Write(FindingInfo finding, TextWriter output)
    {
        output.WriteLine($"  {finding.Severity} {finding.Code}: {finding.Message}");
        Line("found", finding.Found);
        Line("expected", finding.Expected);
        Line("then", finding.Consequence);
        Line("fix", finding.Fix);

        void Line(string name, string? text)
        {
            if (!string.IsNullOrEmpty(text))
            {
                output.WriteLine($"    {name}: {text}");
            }
        }
    }
}
