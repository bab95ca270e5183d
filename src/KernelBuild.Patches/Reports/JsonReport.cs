using System.Text.Encodings.Web;
using System.Text.Json;
using KernelBuild.Diagnostics;
using KernelBuild.Patches.Diagnosis;

namespace KernelBuild.Patches.Reports;

/// <summary>
/// A series report as JSON: {"base", "tree", "commit", "patches": [{"name", "verdict", "hunks": […]}]}. Keys that say nothing
/// (no offset, no conflict) are left out; "tree" and "commit" are null when the run ended at a failure.
/// </summary>
public static class JsonReport
{
    private static readonly JsonWriterOptions Options = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write(Stream stream, SeriesReport report)
    {
        using var json = new Utf8JsonWriter(stream, Options);
        Write(json, report);
    }

    internal static void Write(Utf8JsonWriter json, SeriesReport report)
    {
        json.WriteStartObject();
        json.WriteString("base", report.Base.ToString());
        json.WriteString("tree", report.Tree?.ToString());
        json.WriteString("commit", report.Commit?.ToString());
        json.WriteStartArray("patches");
        foreach (var patch in report.Patches)
        {
            Write(json, patch);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, PatchReport patch)
    {
        json.WriteStartObject();
        json.WriteString("name", patch.Name);
        json.WriteString("file", patch.File);
        json.WriteString("subject", patch.Subject);
        json.WriteString("verdict", VerdictWord.Of(patch.Verdict));
        json.WriteString("commit", patch.Commit?.ToString());
        json.WriteStartArray("files");
        foreach (var file in patch.Files)
        {
            json.WriteStartObject();
            json.WriteString("name", file.Name);
            json.WriteNumber("patchLine", file.PatchLine);
            json.WriteString("problem", VerdictWord.Of(file.Problem));
            WriteUnlessEmpty(json, "explanation", file.Explanation);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("hunks");
        foreach (var hunk in patch.Hunks)
        {
            Write(json, hunk);
        }

        json.WriteEndArray();
        json.WriteStartArray("diagnostics");
        foreach (var finding in patch.Findings)
        {
            Write(json, finding);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, HunkReport hunk)
    {
        json.WriteStartObject();
        json.WriteString("file", hunk.File);
        json.WriteNumber("number", hunk.Number);
        json.WriteString("header", hunk.Header);
        json.WriteNumber("patchLine", hunk.PatchLine);
        json.WriteString("verdict", VerdictWord.Of(hunk.Verdict));
        WriteUnlessZero(json, "line", hunk.Line);
        WriteUnlessZero(json, "offset", hunk.Offset);
        WriteUnlessZero(json, "fuzz", hunk.Fuzz);
        WriteUnlessZero(json, "alreadyFrom", hunk.AlreadyFrom);
        WriteUnlessZero(json, "alreadyTo", hunk.AlreadyTo);
        WriteUnlessEmpty(json, "conflictsWith", hunk.ConflictsWith);
        if (!hunk.Comparison.IsEmpty)
        {
            json.WriteStartArray("comparison");
            foreach (var row in hunk.Comparison)
            {
                json.WriteStartObject();
                WriteUnlessZero(json, "patchLine", row.PatchLine);
                WriteUnlessZero(json, "fileLine", row.FileLine);
                json.WriteString("expected", row.Expected);
                json.WriteString("found", row.Found);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, Diagnostic finding)
    {
        json.WriteStartObject();
        json.WriteString("code", finding.Code);
        json.WriteString("severity", VerdictWord.Of(finding.Severity));
        json.WriteString("message", finding.Message);
        json.WriteString("file", finding.File);
        WriteUnlessZero(json, "line", finding.Line);
        WriteUnlessEmpty(json, "fix", finding.Fix);
        json.WriteEndObject();
    }

    private static void WriteUnlessZero(Utf8JsonWriter json, string name, int value)
    {
        if (value != 0)
        {
            json.WriteNumber(name, value);
        }
    }

    private static void WriteUnlessEmpty(Utf8JsonWriter json, string name, string value)
    {
        if (value.Length > 0)
        {
            json.WriteString(name, value);
        }
    }
}
