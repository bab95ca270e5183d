using System.Text.Encodings.Web;
using System.Text.Json;
using KernelBuild.Diagnostics;

namespace KernelBuild.Patches.Reports;

/// <summary>Diagnostics as a SARIF 2.1.0 log (OASIS), which code review tools show beside the lines of the patches.</summary>
public static class SarifReport
{
    private static readonly JsonWriterOptions Options = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="root">Files below this folder are named relative to it.</param>
    public static void Write(Stream stream, IReadOnlyCollection<Diagnostic> findings, string root)
    {
        using var json = new Utf8JsonWriter(stream, Options);
        json.WriteStartObject();
        json.WriteString("$schema", "https://json.schemastore.org/sarif-2.1.0.json");
        json.WriteString("version", "2.1.0");
        json.WriteStartArray("runs");
        json.WriteStartObject();
        WriteTool(json, findings);
        json.WriteString("columnKind", "utf16CodeUnits");
        json.WriteStartArray("results");
        foreach (var finding in findings)
        {
            WriteResult(json, finding, root);
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteTool(Utf8JsonWriter json, IEnumerable<Diagnostic> findings)
    {
        json.WriteStartObject("tool");
        json.WriteStartObject("driver");
        json.WriteString("name", "kernelbuild");
        json.WriteStartArray("rules");
        foreach (var code in findings.Select(finding => finding.Code).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            json.WriteStartObject();
            json.WriteString("id", code);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteResult(Utf8JsonWriter json, Diagnostic finding, string root)
    {
        json.WriteStartObject();
        json.WriteString("ruleId", finding.Code);
        json.WriteString("level", VerdictWord.Of(finding.Severity));
        json.WriteStartObject("message");
        json.WriteString("text", finding.FullMessage);
        json.WriteEndObject();
        if (finding.File is { } file)
        {
            json.WriteStartArray("locations");
            json.WriteStartObject();
            json.WriteStartObject("physicalLocation");
            json.WriteStartObject("artifactLocation");
            json.WriteString("uri", UriOf(file, root));
            json.WriteEndObject();
            if (finding.Line > 0)
            {
                json.WriteStartObject("region");
                json.WriteNumber("startLine", finding.Line);
                json.WriteEndObject();
            }

            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static string UriOf(string file, string root)
    {
        var relative = Path.GetRelativePath(root, file);
        return relative.StartsWith("..", StringComparison.Ordinal) || Path.IsPathRooted(relative)
            ? new Uri(Path.GetFullPath(file)).AbsoluteUri
            : string.Join('/', relative.Split('/').Select(Uri.EscapeDataString));
    }
}
