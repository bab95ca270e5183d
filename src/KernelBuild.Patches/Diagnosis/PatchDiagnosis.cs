using System.Collections.Immutable;
using System.Globalization;
using KernelBuild.Patches.Application;
using KernelBuild.Patches.Diffs;

namespace KernelBuild.Patches.Diagnosis;

/// <summary>Turns what the application of a patch found into what a user wants to know.</summary>
internal sealed class PatchDiagnosis(SeriesState state, SourceIndex index, SeriesHistory history)
{
    public ImmutableArray<FileReport> Explain(ParsedPatch patch, IReadOnlyList<FileOutcome> outcomes)
    {
        // once a patch: one for another tree lacks all of its files
        var otherStrip = new Lazy<int?>(() => OtherStrip(patch), isThreadSafe: false);
        var reports = ImmutableArray.CreateBuilder<FileReport>(outcomes.Count);
        foreach (var outcome in outcomes)
        {
            reports.Add(Explain(patch, outcome, otherStrip));
        }

        return reports.MoveToImmutable();
    }

    private FileReport Explain(ParsedPatch patch, FileOutcome outcome, Lazy<int?> otherStrip)
    {
        var file = outcome.Patch;
        var hunks = outcome.Problem is FileProblem.None or FileProblem.HunksFailed
            ? ExplainHunks(outcome)
            : [.. file.Hunks.Select((hunk, at) => Describe(
                file, hunk, at, outcome.Problem == FileProblem.FileMissing ? HunkVerdict.FileGone : HunkVerdict.NotTried))];
        var explanation = outcome.Problem switch
        {
            FileProblem.FileMissing => ExplainMissing(file),
            FileProblem.FileExists => ExplainExisting(patch, outcome),
            FileProblem.FileGoneInSamePatch => "an earlier part of the same patch renames or deletes it",
            FileProblem.LinesLeft => "the patch deletes it, and it has lines that the patch does not know",
            _ => outcome.Detail,
        };
        if (outcome.Problem == FileProblem.FileExists && explanation.Length == 0)
        {
            hunks = [.. hunks.Select(hunk => hunk with { Verdict = HunkVerdict.AlreadyApplied })];
        }

        var report = new FileReport(file.Name, file.Number, outcome.Problem, explanation, hunks);
        return outcome.Problem == FileProblem.FileMissing && history.ExplainGone(file.OldName!).Length == 0 && otherStrip.Value is { } parts
            ? report with
            {
                Explanation = string.Create(CultureInfo.InvariantCulture, $"with -p{parts} every file of the patch is there")
                    + (parts == 0 ? ": it was made without a/ and b/" : ""),
                Mend = string.Create(CultureInfo.InvariantCulture, $"write '{patch.Source.Name} -p{parts}' in the series"),
            }
            : report;
    }

    private static HunkReport Describe(FilePatch file, Hunk hunk, int at, HunkVerdict verdict) => new()
    {
        File = file.Name,
        Number = at + 1,
        Header = hunk.Header,
        PatchLine = hunk.Number,
        Verdict = verdict,
    };

    private ImmutableArray<HunkReport> ExplainHunks(FileOutcome outcome)
    {
        var file = outcome.Patch;
        var reports = ImmutableArray.CreateBuilder<HunkReport>(file.Hunks.Length);
        for (var at = 0; at < file.Hunks.Length; at++)
        {
            var hunk = file.Hunks[at];
            if (at < outcome.Placements.Length && outcome.Placements[at] is { } place)
            {
                var verdict = place.Fuzz > 0
                    ? HunkVerdict.AppliedWithFuzz
                    : place.Offset != 0 ? HunkVerdict.AppliedAtOffset : HunkVerdict.Applied;
                reports.Add(Describe(file, hunk, at, verdict) with { Line = place.At + 1, Offset = place.Offset, Fuzz = place.Fuzz });
                continue;
            }

            var image = file.OldName is { } name && state.Find(name) is { } now ? now.Image : FileImage.Empty();
            var conflict = history.FindConflict(file.OldName ?? file.Name, hunk);
            reports.Add(HunkDiagnosis.Explain(Describe(file, hunk, at, HunkVerdict.ContextDrifted), image, hunk, conflict));
        }

        return reports.MoveToImmutable();
    }

    /// <summary>How many parts of the names would have to go for every file to be in the source; null when no number does.</summary>
    private int? OtherStrip(ParsedPatch patch)
    {
        const int most = 4;
        for (var parts = 0; parts <= most; parts++)
        {
            var files = DiffReader.Read(patch.Mail.Diff, patch.Source.Path, patch.Mail.DiffNumber, parts, out var finding);
            if (finding is null && !files.IsEmpty && !files.Select(file => file.Name).SequenceEqual(patch.Files.Select(file => file.Name))
                && files.Any(file => file.Creates != true)
                && files.All(file => file.Creates == true || (file.OldName is { } name && TreePath.WhyUnsafe(name) is null && state.FindInSource(name) is not null)))
            {
                return parts;
            }
        }

        return null;
    }

    private string ExplainMissing(FilePatch file)
    {
        var name = file.OldName!;
        if (history.ExplainGone(name) is { Length: > 0 } gone)
        {
            return gone;
        }

        if (file.NewName is { } target && target != name && state.KindOf(target) == SourceKind.File)
        {
            return $"'{target}', to which the patch renames it, is there: it may have been applied already";
        }

        if (index.FindById(file.OldId) is { } same)
        {
            return $"the very file that the patch was made from is at '{same}' in this source";
        }

        var alike = index.FindByName(name);
        foreach (var path in alike)
        {
            if (state.FindInSource(path) is { } there && file.Hunks.All(hunk => HunkPlacement.Find(there.Image, hunk, 0) is not null))
            {
                return $"this source has it at '{path}', where every hunk applies";
            }
        }

        return alike.Count == 0
            ? "this source has no file of that name anywhere"
            : $"this source has {string.Join(" and ", alike.Take(3).Select(path => $"'{path}'"))}, where it does not apply either";
    }

    /// <summary>Empty when the file that is there is the one that the patch would make.</summary>
    private string ExplainExisting(ParsedPatch patch, FileOutcome outcome)
    {
        if (outcome.Detail.Length > 0)
        {
            return outcome.Detail;
        }

        var file = outcome.Patch;
        if (file.Creates != false && state.Find(file.NewName!) is { } there)
        {
            var made = FileImage.Empty();
            foreach (var hunk in file.Hunks)
            {
                made.Replace(hunk, HunkSpan.Whole(hunk), made.Count);
            }

            if (!file.IsBinary && made.ToArray().AsSpan().SequenceEqual(there.ToArray()))
            {
                return "";
            }
        }

        var maker = history.MakerOf(file.NewName!);
        return maker.Length > 0 && maker != patch.Name
            ? $"the patch '{maker}' of this series makes it"
            : string.Create(CultureInfo.InvariantCulture, $"the source has another file of that name");
    }
}
