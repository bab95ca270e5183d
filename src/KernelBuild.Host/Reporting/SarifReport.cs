using System.Globalization;
using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;
using KernelBuild.Diagnostics;

namespace KernelBuild.Host.Reporting;

/// <summary>Diagnostics as a SARIF 2.1.0 log (OASIS), which code review tools show beside the lines they are about.</summary>
public static class SarifReport
{
    /// <summary>The folder that files are named relative to; sections 3.14.14 and 3.4.4 of the standard.</summary>
    private const string UriBase = "ROOT";

    private static readonly JsonWriterOptions Options = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write(Stream stream, SarifRun run)
    {
        using var json = new Utf8JsonWriter(stream, Options);
        json.WriteStartObject();
        json.WriteString("$schema", "https://json.schemastore.org/sarif-2.1.0.json");
        json.WriteString("version", "2.1.0");
        json.WriteStartArray("runs");
        json.WriteStartObject();
        var codes = run.Codes.ToArray();
        WriteTool(json, codes, run.Pages);
        WriteInvocation(json, run);
        if (run.Category is { } category)
        {
            json.WriteStartObject("automationDetails");
            // GitHub takes what stands before the last slash as the category
            json.WriteString("id", category + "/");
            json.WriteEndObject();
        }

        json.WriteStartObject("originalUriBaseIds");
        json.WriteStartObject(UriBase);
        json.WriteString("uri", new Uri(Path.TrimEndingDirectorySeparator(Path.GetFullPath(run.Root)) + "/").AbsoluteUri);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteString("columnKind", "utf16CodeUnits");
        json.WriteStartArray("results");
        foreach (var finding in run.Findings)
        {
            WriteResult(json, finding, Array.IndexOf(codes, finding.Code), run);
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteTool(Utf8JsonWriter json, IEnumerable<string> codes, CodePages? pages)
    {
        json.WriteStartObject("tool");
        json.WriteStartObject("driver");
        json.WriteString("name", "kernelbuild");
        var version = typeof(SarifReport).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
        json.WriteString("semanticVersion", version);
        json.WriteStartArray("rules");
        foreach (var code in codes)
        {
            json.WriteStartObject();
            json.WriteString("id", code);
            if (CodeText.Of(code) is { } text)
            {
                WriteText(json, "shortDescription", Plain(text));
                WriteText(json, "fullDescription", Sentence(Plain(text)));
                json.WriteStartObject("help");
                json.WriteString("text", Sentence(Plain(text)));
                json.WriteString("markdown", Sentence(text));
                json.WriteEndObject();
            }

            if (pages?.AddressOf(code) is { } page)
            {
                json.WriteString("helpUri", page.AbsoluteUri);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteInvocation(Utf8JsonWriter json, SarifRun run)
    {
        json.WriteStartArray("invocations");
        json.WriteStartObject();
        // whether the tool could do its work, not whether all is well: section 3.20.14
        json.WriteBoolean(
            "executionSuccessful",
            !run.Findings.Any(finding =>
                finding.Severity == DiagnosticSeverity.Error && DiagnosticCodes.IsUsageOrEnvironment(finding.Code)));
        WriteTime(json, "startTimeUtc", run.Began);
        WriteTime(json, "endTimeUtc", run.Ended);
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private static void WriteTime(Utf8JsonWriter json, string name, DateTimeOffset? time)
    {
        if (time is { } known)
        {
            json.WriteString(name, known.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
        }
    }

    private static void WriteResult(Utf8JsonWriter json, Diagnostic finding, int rule, SarifRun run)
    {
        json.WriteStartObject();
        json.WriteString("ruleId", finding.Code);
        json.WriteNumber("ruleIndex", rule);
        json.WriteString("level", finding.Severity switch
        {
            DiagnosticSeverity.Error => "error",
            DiagnosticSeverity.Warning => "warning",
            _ => "note",
        });
        WriteText(json, "message", finding.FullMessage);
        json.WriteStartArray("locations");
        json.WriteStartObject();
        json.WriteStartObject("physicalLocation");
        WriteFile(json, finding.File ?? run.Subject, run.Root);
        WriteRegion(json, finding);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteRegion(Utf8JsonWriter json, Diagnostic finding)
    {
        if (finding.File is null || (finding.Line <= 0 && finding.Offset is null))
        {
            return;
        }

        json.WriteStartObject("region");
        if (finding.Line > 0)
        {
            json.WriteNumber("startLine", finding.Line);
            if (finding.Column > 0)
            {
                json.WriteNumber("startColumn", finding.Column);
            }
        }
        else
        {
            json.WriteNumber("byteOffset", finding.Offset!.Value);
            json.WriteNumber("byteLength", 0);
        }

        json.WriteEndObject();
    }

    private static void WriteFile(Utf8JsonWriter json, string file, string root)
    {
        json.WriteStartObject("artifactLocation");
        var relative = Path.GetRelativePath(root, file);
        if (relative.Split('/')[0] == ".." || Path.IsPathRooted(relative))
        {
            json.WriteString("uri", new Uri(Path.GetFullPath(file)).AbsoluteUri);
        }
        else
        {
            json.WriteString("uri", string.Join('/', relative.Split('/').Select(Uri.EscapeDataString)));
            json.WriteString("uriBaseId", UriBase);
        }

        json.WriteEndObject();
    }

    private static void WriteText(Utf8JsonWriter json, string name, string text)
    {
        json.WriteStartObject(name);
        json.WriteString("text", text);
        json.WriteEndObject();
    }

    private static string Plain(string markdown) => markdown.Replace("`", "", StringComparison.Ordinal);

    private static string Sentence(string phrase) => char.ToUpperInvariant(phrase[0]) + phrase[1..].TrimEnd('.') + ".";
}
