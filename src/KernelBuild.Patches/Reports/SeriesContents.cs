using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using KernelBuild.Diagnostics;
using KernelBuild.Patches.Application;
using KernelBuild.Patches.Diffs;
using KernelBuild.Patches.Series;

namespace KernelBuild.Patches.Reports;

/// <summary>What is in a series, told without a source.</summary>
public sealed class SeriesContents
{
    private static readonly JsonWriterOptions Options = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly IReadOnlyList<ParsedPatch> _patches;

    private SeriesContents(IReadOnlyList<ParsedPatch> patches) => _patches = patches;

    /// <summary>What keeps patches from being read.</summary>
    public IReadOnlyList<Diagnostic> Findings => [.. _patches.Select(patch => patch.Finding).OfType<Diagnostic>()];

    public static SeriesContents Read(IReadOnlyList<PatchFile> patches) => new([.. patches.SelectMany(ParsedPatch.Read)]);

    public string ToText()
    {
        var text = new StringBuilder();
        foreach (var patch in _patches)
        {
            text.Append(CultureInfo.InvariantCulture, $"{patch.Name}: {patch.Mail.Subject}\n");
            if (patch.Mail.AuthorEmail.Length > 0)
            {
                text.Append(CultureInfo.InvariantCulture, $"    {patch.Mail.AuthorName} <{patch.Mail.AuthorEmail}>, {patch.Mail.Date}\n");
            }

            foreach (var file in patch.Files)
            {
                text.Append(CultureInfo.InvariantCulture, $"    {KindOf(file),-8} {Paths(file)}{Counts(file)}\n");
            }

            if (patch.Finding is { } finding)
            {
                text.Append(finding).Append('\n');
            }
        }

        return text
            .Append(
                CultureInfo.InvariantCulture,
                $"{_patches.Count} patch(es), {_patches.Sum(patch => patch.Files.Length)} file(s), "
                + $"{_patches.Sum(patch => patch.Files.Sum(file => file.Hunks.Length))} hunk(s)\n")
            .ToString();
    }

    public string ToJson()
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, Options))
        {
            json.WriteStartObject();
            json.WriteStartArray("patches");
            foreach (var patch in _patches)
            {
                Write(json, patch);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.GetBuffer().AsSpan(0, (int)stream.Length)) + "\n";
    }

    private static void Write(Utf8JsonWriter json, ParsedPatch patch)
    {
        json.WriteStartObject();
        json.WriteString("name", patch.Name);
        json.WriteString("file", patch.Source.Path);
        json.WriteString("author", patch.Mail.AuthorName);
        json.WriteString("email", patch.Mail.AuthorEmail);
        json.WriteString("date", patch.Mail.Date);
        json.WriteString("subject", patch.Mail.Subject);
        json.WriteString("message", patch.Mail.Message);
        json.WriteString("error", patch.Finding?.ToString());
        json.WriteStartArray("files");
        foreach (var file in patch.Files)
        {
            json.WriteStartObject();
            json.WriteString("kind", KindOf(file));
            json.WriteString("old", file.OldName);
            json.WriteString("new", file.NewName);
            json.WriteNumber("hunks", file.Hunks.Length);
            json.WriteNumber("added", Lines(file, HunkLineKind.Added));
            json.WriteNumber("removed", Lines(file, HunkLineKind.Removed));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static string KindOf(FilePatch file) =>
        file.Creates == true
            ? "new"
            : file.Deletes == true
                ? "delete"
                : file.Renames ? "rename" : file.Copies ? "copy" : file.IsBinary ? "binary" : file.Hunks.IsEmpty ? "mode" : "change";

    private static string Paths(FilePatch file) =>
        file.Renames || file.Copies ? $"{file.OldName} -> {file.NewName}" : file.Name;

    private static string Counts(FilePatch file) => file.Hunks.IsEmpty ? "" : string.Create(
        CultureInfo.InvariantCulture,
        $" ({file.Hunks.Length} hunk(s), +{Lines(file, HunkLineKind.Added)} -{Lines(file, HunkLineKind.Removed)})");

    private static int Lines(FilePatch file, HunkLineKind kind) => file.Hunks.Sum(hunk => hunk.Lines.Count(line => line.Kind == kind));
}
