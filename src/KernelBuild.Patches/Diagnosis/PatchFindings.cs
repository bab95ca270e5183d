using System.Collections.Immutable;
using System.Globalization;
using KernelBuild.Diagnostics;
using KernelBuild.Patches.Application;

namespace KernelBuild.Patches.Diagnosis;

/// <summary>Says what a report holds as diagnostics: one for each hunk or file at fault, a note for each offset.</summary>
internal static class PatchFindings
{
    private const string Untouched = "nothing of the patch was applied";
    private const int ComparisonWidth = 60;

    public static IEnumerable<Diagnostic> Of(ParsedPatch patch, ImmutableArray<FileReport> files, bool failed)
    {
        foreach (var file in files)
        {
            if (file.Problem is not (FileProblem.None or FileProblem.HunksFailed))
            {
                yield return OfFile(patch, file);
                continue;
            }

            foreach (var hunk in file.Hunks)
            {
                if (hunk.Verdict is HunkVerdict.AppliedAtOffset or HunkVerdict.AppliedWithFuzz && !failed)
                {
                    yield return Moved(patch, hunk);
                }
                else if (!hunk.Succeeded)
                {
                    yield return OfHunk(patch, hunk);
                }
            }
        }
    }

    /// <summary>The mail's own shortcomings, which do not keep a patch out.</summary>
    public static IEnumerable<Diagnostic> OfMail(ParsedPatch patch)
    {
        foreach (var note in patch.Notes)
        {
            yield return note;
        }

        var mail = patch.Mail;
        (string Name, string Value)[] fields = [("From", mail.AuthorEmail), ("Date", mail.Date), ("Subject", mail.Subject)];
        var missing = string.Join(" and ", fields.Where(field => field.Value.Length == 0).Select(field => field.Name));
        if (missing.Length > 0)
        {
            yield return Diagnostic.Warning(
                DiagnosticCodes.PatchHasNoAuthor,
                $"'{patch.Name}' lacks the mail header {missing}",
                "write it with git format-patch, so that its commit has an author; until then a fixed one stands in, and ids stay "
                + "stable") with
            { File = patch.Source.Path, Line = mail.Number };
        }

        if (mail.IsFlowed)
        {
            yield return Doubtful(
                patch, "came as flowed text (format=flowed): its mail program may have broken lines of the patch",
                "send and save patches as plain text; the lines were joined as git does");
        }

        if (DiffInMessage.IsIn(patch))
        {
            yield return Doubtful(
                patch, "has a diff above the line '---': git takes a diff wherever it begins, and it is applied too",
                "indent a diff that only shows something, or put it below '---' as text");
        }

        if (mail.MisencodedLine > 0)
        {
            yield return Diagnostic.Warning(
                DiagnosticCodes.PatchEncodingInvalid,
                $"the message of '{patch.Name}' is not in the character set that its header states; it is read as UTF-8 where it is that, else as ISO-8859-1",
                "correct the Content-Type field, or write the mail in UTF-8") with
            { File = patch.Source.Path, Line = mail.MisencodedLine };
        }
    }

    private static Diagnostic Doubtful(ParsedPatch patch, string what, string fix) =>
        Diagnostic.Warning(DiagnosticCodes.PatchMailDoubtful, $"'{patch.Name}' {what}", fix) with { File = patch.Source.Path, Line = patch.Mail.Number };

    private static Diagnostic OfFile(ParsedPatch patch, FileReport file)
    {
        var (code, what, fix) = file.Problem switch
        {
            FileProblem.FileMissing when file.Mend.Length > 0 =>
                (DiagnosticCodes.PatchFileMissing, "the file is not in the source", file.Mend),
            FileProblem.FileMissing =>
                (DiagnosticCodes.PatchFileMissing, "the file is not in the source",
                    "name the file as it is called in this source, or drop this part of the patch"),
            FileProblem.FileExists when file.Explanation.Length == 0 =>
                (DiagnosticCodes.PatchAlreadyApplied, "the file that it makes is there already, byte for byte",
                    "take the patch out of the series: this source has it"),
            FileProblem.FileExists =>
                (DiagnosticCodes.PatchFileExists, "the file that it makes is there already", "rewrite the patch against this source"),
            FileProblem.PathUnsafe =>
                (DiagnosticCodes.PatchPathUnsafe, "its path leads out of the tree or into git's own folder",
                    "do not use a patch from this source"),
            FileProblem.WrongType =>
                (DiagnosticCodes.PatchDoesNotApply, "files and links cannot be changed into each other",
                    "delete the one and make the other, in two parts of the patch"),
            FileProblem.SubmoduleDamaged =>
                (DiagnosticCodes.PatchDoesNotApply, "its line for a submodule is none",
                    "write the patch anew with git format-patch --full-index --submodule=short"),
            FileProblem.BinaryMissing or FileProblem.BinaryDiffers =>
                (DiagnosticCodes.PatchDoesNotApply, "its binary part does not apply",
                    "write the patch anew with git format-patch --binary --full-index"),
            _ => (DiagnosticCodes.PatchDoesNotApply, "it does not apply", "rewrite the patch against this source"),
        };
        return Diagnostic.Error(
            code,
            $"'{patch.Name}' does not apply: {file.Name}: {what}{(file.Explanation.Length > 0 ? "; " + file.Explanation : "")}",
            $"{Untouched}; {fix}") with
        { File = patch.Source.Path, Line = file.PatchLine };
    }

    private static Diagnostic OfHunk(ParsedPatch patch, HunkReport hunk)
    {
        var (code, why, fix) = hunk.Verdict switch
        {
            _ when hunk.Reason.Length > 0 => (DiagnosticCodes.PatchDoesNotApply, hunk.Reason, hunk.Mend),
            HunkVerdict.AlreadyApplied =>
                (DiagnosticCodes.PatchAlreadyApplied, $"it is in the source already, at {Lines(hunk)}",
                    "take this hunk, or the patch, out of the series"),
            HunkVerdict.Conflicts =>
                (DiagnosticCodes.PatchConflicts, $"'{hunk.ConflictsWith}' of the same series changed the lines that it expects",
                    "change the order of the two, or rewrite this one after the other"),
            HunkVerdict.PartlyApplied =>
                (DiagnosticCodes.PatchDoesNotApply, $"a part of it is in the source already, at {Lines(hunk)}",
                    "rewrite the patch against this source (./nuke.sh RefreshPatches shows how)"),
            HunkVerdict.AppliesWithFuzz => (
                DiagnosticCodes.PatchDoesNotApply,
                string.Create(
                    CultureInfo.InvariantCulture, $"its context has drifted; with fuzz {hunk.Fuzz} it would apply at line {hunk.Line}"),
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"look at the place, then rewrite the patch (./nuke.sh RefreshPatches), or allow it in the series: "
                    + $"'{patch.Source.Name} fuzz={hunk.Fuzz}'")),
            _ => (
                DiagnosticCodes.PatchDoesNotApply,
                hunk.Line > 0
                    ? string.Create(CultureInfo.InvariantCulture, $"its context is not in the source; line {hunk.Line} is most like it")
                    : "its context is not in the source, nor anything like it",
                "rewrite the patch against this source"),
        };
        return Diagnostic.Error(
            code,
            string.Create(
                CultureInfo.InvariantCulture, $"'{patch.Name}' does not apply: {hunk.File}, hunk #{hunk.Number} ({hunk.Header}): {why}"),
            $"{Untouched}; {fix}") with
        { File = patch.Source.Path, Line = hunk.PatchLine, Details = [.. Comparison(hunk)] };
    }

    private static Diagnostic Moved(ParsedPatch patch, HunkReport hunk)
    {
        var at = string.Create(
            CultureInfo.InvariantCulture,
            $"{patch.Name}: {hunk.File}: hunk #{hunk.Number} applied at line {hunk.Line} (offset {hunk.Offset} "
            + $"line{(Math.Abs(hunk.Offset) == 1 ? "" : "s")}{(hunk.Fuzz > 0 ? $", fuzz {hunk.Fuzz}" : "")})");
        var finding = hunk.Fuzz > 0
            ? Diagnostic.Warning(
                DiagnosticCodes.PatchMoved, at,
                "the series allows it; rewrite the patch with ./nuke.sh RefreshPatches to have no fuzz at all")
            : Diagnostic.Note(DiagnosticCodes.PatchMoved, at);
        return finding with { File = patch.Source.Path, Line = hunk.PatchLine };
    }

    private static string Lines(HunkReport hunk) => hunk.AlreadyFrom == hunk.AlreadyTo
        ? string.Create(CultureInfo.InvariantCulture, $"line {hunk.AlreadyFrom}")
        : string.Create(CultureInfo.InvariantCulture, $"lines {hunk.AlreadyFrom} to {hunk.AlreadyTo}");

    /// <summary>The hunk and the most similar place side by side, with a mark on what differs.</summary>
    private static IEnumerable<string> Comparison(HunkReport hunk)
    {
        if (hunk.Comparison.IsEmpty)
        {
            yield break;
        }

        yield return $"{"the patch expects",-(ComparisonWidth + 7)}   the source has";
        foreach (var row in hunk.Comparison)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"{Number(row.PatchLine)} {Cut(row.Expected),-ComparisonWidth} {(row.Agrees ? ' ' : '!')} {Number(row.FileLine)} "
                + $"{Cut(row.Found)}").TrimEnd();
        }
    }

    private static string Number(int line) => line == 0 ? "      " : line.ToString(CultureInfo.InvariantCulture).PadLeft(6);

    private static string Cut(string? text)
    {
        var shown = (text ?? "").Replace("\t", "    ", StringComparison.Ordinal);
        return shown.Length > ComparisonWidth ? shown[..(ComparisonWidth - 1)] + "…" : shown;
    }
}
