using System.Globalization;
using System.Text;

namespace KernelBuild.Variants;

/// <summary>A matrix as Markdown.</summary>
public static class VariantText
{
    public static string Word(CellVerdict verdict) => verdict switch
    {
        CellVerdict.NotRun => "not run",
        CellVerdict.Built => "built",
        CellVerdict.Fetched => "fetched",
        _ => "failed",
    };

    public static string Total(VariantReport report) => string.Join(", ", Enum.GetValues<CellVerdict>()
        .Where(verdict => report.Count(verdict) > 0)
        .Select(verdict => string.Create(CultureInfo.InvariantCulture, $"{report.Count(verdict)} {Word(verdict)}")));

    public static string Markdown(VariantReport report)
    {
        var text = new StringBuilder("## Matrix\n\n")
            .Append(CultureInfo.InvariantCulture, $"{report.Cells.Length} cells: {Total(report)}.\n\n")
            .Append("| cell | result | seconds | Image | SHA-256 | objects | compiler cache |\n")
            .Append("| --- | --- | ---: | ---: | --- | ---: | ---: |\n");
        foreach (var cell in report.Cells)
        {
            var verdict = cell.IsGood ? Word(cell.Verdict) : $"**{Word(cell.Verdict)}**";
            text.Append(CultureInfo.InvariantCulture, $"| {Escaped(cell.Name)} | {verdict} | {cell.Seconds:0.0} | ")
                .Append(cell.ImageBytes > 0 ? cell.ImageBytes.ToString(CultureInfo.InvariantCulture) : "").Append(" | ")
                .Append(cell.ImageSha256.Length > 0 ? $"`{cell.ImageSha256[..12]}`" : "")
                .Append(CultureInfo.InvariantCulture, $" | {cell.Objects} | {Hits(cell.CacheHits, cell.CacheMisses)} |\n");
        }

        text.Append("\n### What each device cost\n\n")
            .Append("| device | built | fetched | seconds of its longest cell | of all | objects compiled | compiler cache |\n")
            .Append("| --- | ---: | ---: | ---: | ---: | ---: | ---: |\n");
        foreach (var device in report.Devices)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {Escaped(device.Device)} | {device.Built} | {device.Fetched} | {device.FirstSeconds:0.0} | {device.Seconds:0.0} | ")
                .Append(CultureInfo.InvariantCulture, $"{device.Objects} | {Hits(device.CacheHits, device.CacheMisses)} |\n");
        }

        foreach (var cell in report.Cells.Where(cell => cell.Findings.Length + cell.Log.Length > 0))
        {
            text.Append(CultureInfo.InvariantCulture, $"\n### {Escaped(cell.Name)}\n\n```text\n{string.Join('\n', Lines(cell))
                .Replace("```", "` ` `", StringComparison.Ordinal)}\n```\n");
        }

        return text.ToString();
    }

    public static IEnumerable<string> Lines(CellResult cell) => cell.Findings.Select(finding => finding.ToString()).Concat(cell.Log);

    private static string Hits(int hits, int misses) => hits + misses == 0 ? "" : string.Create(
        CultureInfo.InvariantCulture, $"{hits} of {hits + misses}");

    private static string Escaped(string text) => Summary.Markdown.Text(text);
}
