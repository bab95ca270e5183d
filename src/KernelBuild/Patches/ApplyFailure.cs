using System.Globalization;
using KernelBuild.Diagnostics;

namespace KernelBuild.Patches;

/// <summary>Says where a patch failed: file, hunk and line of the patch, from git's messages and the patch itself.</summary>
internal static class ApplyFailure
{
    private const string PatchFailed = "error: patch failed: ";
    private const string CorruptAt = "error: corrupt patch at line ";

    public static IReadOnlyList<Diagnostic> Explain(PatchFile patch, IReadOnlyList<string> gitOutput)
    {
        var errors = gitOutput.Where(line => line.StartsWith("error: ", StringComparison.Ordinal) || line.StartsWith("fatal: ", StringComparison.Ordinal)).ToArray();
        var findings = new List<Diagnostic>();
        foreach (var error in errors)
        {
            if (error.StartsWith(CorruptAt, StringComparison.Ordinal))
            {
                findings.Add(Malformed(patch, error));
            }
            else if (error.StartsWith(PatchFailed, StringComparison.Ordinal))
            {
                findings.Add(Failed(patch, error[PatchFailed.Length..]));
            }
        }

        if (findings.Count == 0)
        {
            // no single hunk to blame: a missing file, a file that is there already, an unsafe path
            var malformed = errors.Any(error => error.Contains("No valid patches", StringComparison.Ordinal)
                || error.Contains("unrecognized input", StringComparison.Ordinal)
                || error.Contains("corrupt", StringComparison.Ordinal));
            findings.Add(Diagnostic.Error(
                malformed ? DiagnosticCodes.PatchMalformed : DiagnosticCodes.PatchDoesNotApply,
                $"'{patch.Name}' does not apply: {Strip(errors.FirstOrDefault() ?? "git apply gave no reason")}",
                "the tree and all records are as before; rewrite the patch against this source") with
            { File = patch.Path, Line = 1, Details = errors });
        }

        return findings;
    }

    private static string Strip(string error) => error[(error.IndexOf(": ", StringComparison.Ordinal) + 2)..];

    private static Diagnostic Malformed(PatchFile patch, string error)
    {
        _ = int.TryParse(error.AsSpan(CorruptAt.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var line);
        return Diagnostic.Error(
            DiagnosticCodes.PatchMalformed,
            $"'{patch.Name}' is damaged: the hunk around this line does not have the lines that its header counts",
            "take the patch anew from its author, or write it again with git format-patch") with
        { File = patch.Path, Line = line };
    }

    /// <param name="place">FILE:LINE, the line being the first of the hunk in the old file.</param>
    private static Diagnostic Failed(PatchFile patch, string place)
    {
        var colon = place.LastIndexOf(':');
        var file = place[..colon];
        _ = int.TryParse(place.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var oldLine);
        var (number, patchLine, header) = FindHunk(patch, file, oldLine);
        var hunk = number == 0
            ? string.Create(CultureInfo.InvariantCulture, $"at line {oldLine}")
            : string.Create(CultureInfo.InvariantCulture, $"hunk #{number} ({header})");
        return Diagnostic.Error(
            DiagnosticCodes.PatchDoesNotApply,
            $"'{patch.Name}' does not apply: {file}, {hunk}: its context is not in the source",
            "the tree and all records are as before; rewrite the patch against this source") with
        { File = patch.Path, Line = patchLine };
    }

    private static (int Number, int PatchLine, string Header) FindHunk(PatchFile patch, string file, int oldLine)
    {
        var number = 0;
        var inFile = false;
        var lines = File.ReadAllLines(patch.Path);
        for (var at = 0; at < lines.Length; at++)
        {
            var line = lines[at];
            if (line.StartsWith("--- ", StringComparison.Ordinal) && at + 1 < lines.Length && lines[at + 1].StartsWith("+++ ", StringComparison.Ordinal))
            {
                inFile = OldName(line, patch.Strip) == file;
                number = 0;
            }
            else if (inFile && line.StartsWith("@@ -", StringComparison.Ordinal))
            {
                number++;
                var start = line[4..].Split(',', ' ')[0];
                if (start == oldLine.ToString(CultureInfo.InvariantCulture))
                {
                    var end = line.IndexOf("@@", 2, StringComparison.Ordinal);
                    return (number, at + 1, end > 0 ? line[..(end + 2)] : line);
                }
            }
        }

        return (0, 0, "");
    }

    /// <summary>The name in a line "--- a/FILE", which is the one that git blames, without the parts that -p takes off.</summary>
    private static string OldName(string line, int strip) => line["--- ".Length..].Split('\t')[0].Split('/', strip + 1)[^1];
}
