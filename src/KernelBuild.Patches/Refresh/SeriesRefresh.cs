using System.Collections.Immutable;
using KernelBuild.Diagnostics;
using KernelBuild.Git.Objects;
using KernelBuild.Git.Repositories;
using KernelBuild.Host.Files;
using KernelBuild.Patches.Application;
using KernelBuild.Patches.Diagnosis;
using KernelBuild.Patches.Diffs;
using KernelBuild.Patches.Mail;
using KernelBuild.Patches.Series;

namespace KernelBuild.Patches.Refresh;

/// <summary>
/// Fits a series to a source: patches that apply at an offset or with less context are rewritten, those that fit are not
/// touched. Nothing is written before the whole drift is known.
/// </summary>
public sealed class SeriesRefresh
{
    /// <summary>Context lines that may be left out to find a hunk's place; what it removes must match all the same.</summary>
    private const int MostFuzz = 2;

    private readonly ParsedPatch[] _patches;
    private readonly SeriesState _state;
    private readonly PatchDiagnosis _diagnosis;

    private SeriesRefresh(
        GitRepository repository, GitObjectId commit, ObjectReader objects, IReadOnlyList<PatchFile> patches,
        CancellationToken cancellationToken)
    {
        _patches = [.. patches.SelectMany(ParsedPatch.Read)];
        var source = new SourceTree(objects, commit.ToString());
        source.Load(_patches.SelectMany(patch => patch.Paths));
        _state = new SeriesState(source, objects);
        _diagnosis = new PatchDiagnosis(
            _state, new SourceIndex(repository, commit, cancellationToken), new SeriesHistory(_state, _patches));
    }

    /// <summary>What there is to rewrite. Ends at the first patch that cannot be made to fit: those after it stand on it.</summary>
    public static async Task<IReadOnlyList<PatchDrift>> FindDriftAsync(
        GitRepository repository, GitObjectId commit, IReadOnlyList<PatchFile> patches, CancellationToken cancellationToken)
    {
        await using var objects = new ObjectReader(repository, contents: true, cancellationToken);
        return await Task.Run(
            () => new SeriesRefresh(repository, commit, objects, patches, cancellationToken).Run(cancellationToken), cancellationToken);
    }

    /// <summary>Writes the rewritten patches, each in one step.</summary>
    public static void Write(IEnumerable<PatchDrift> drifts)
    {
        foreach (var drift in drifts)
        {
            if (drift.Refreshed is { } text)
            {
                AtomicFile.Write(drift.Patch.Path, text);
            }
        }
    }

    private List<PatchDrift> Run(CancellationToken cancellationToken)
    {
        var drifts = new List<PatchDrift>();
        for (var number = 0; number < _patches.Length; number++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var drift = RefreshOne(_patches[number], number);
            drifts.Add(drift);
            if (drift.Verdict != PatchVerdict.Applied)
            {
                break;
            }
        }

        return drifts;
    }

    private PatchDrift RefreshOne(ParsedPatch patch, int number)
    {
        if (patch.Finding is { } damage)
        {
            return new PatchDrift(patch.Source, PatchVerdict.Malformed, [], null, [damage]);
        }

        var before = patch.Files.Where(file => file.OldName is not null && file.Creates != true)
            .Select(file => (file.OldName!, Image: _state.Find(file.OldName!) is { } state && !file.IsBinary ? state.Image.Copy() : null))
            .GroupBy(pair => pair.Item1, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.First().Image, StringComparer.Ordinal);
        var application = new PatchApplication(_state, number, MostFuzz);
        var outcomes = application.Run(patch.Files);
        var reports = _diagnosis.Explain(patch, outcomes);
        var hunks = reports.SelectMany(file => file.Hunks).Where(hunk => hunk.Verdict != HunkVerdict.Applied).ToImmutableArray();
        if (!outcomes.All(outcome => outcome.Succeeded))
        {
            return new PatchDrift(patch.Source, PatchVerdict.Failed, hunks, null, [.. PatchFindings.Of(patch, reports, failed: true)]);
        }

        var edits = outcomes.SelectMany(outcome => Edits(outcome, before)).ToArray();
        if (edits.Length == 0)
        {
            return new PatchDrift(patch.Source, PatchVerdict.Applied, [], null, []);
        }

        var text = File.ReadAllBytes(patch.Source.Path);
        var start = FindDiff(text, patch);
        if (start < 0 || patch.Source.IsReversed)
        {
            return new PatchDrift(patch.Source, PatchVerdict.Failed, hunks, null, [Diagnostic.Error(
                DiagnosticCodes.PatchDoesNotApply,
                $"'{patch.Name}' has drifted and is an encoded mail, one of several in a mailbox, compressed or reversed, which is not rewritten in place",
                "take the mails out into files of their own with 'kernelbuild patches import', then refresh those") with
            { File = patch.Source.Path }]);
        }

        var ids = outcomes.Where(outcome => Edits(outcome, before).Any()).SelectMany(outcome => Ids(outcome.Patch, before, application));
        var refreshed = PatchRewriter.Rewrite(text, start, edits, ids);
        return Fits(refreshed, patch, before)
            ? new PatchDrift(patch.Source, PatchVerdict.Applied, hunks, refreshed, [])
            : throw new InvalidOperationException($"the rewritten '{patch.Name}' does not fit: nothing was written");
    }

    /// <summary>Whether a rewritten patch applies with no offset and no fuzz: looked at, not assumed.</summary>
    private static bool Fits(byte[] refreshed, ParsedPatch patch, Dictionary<string, FileImage?> before)
    {
        var mail = MailReader.Read(refreshed)[0];
        var files = DiffReader.Read(mail.Diff, patch.Source.Path, mail.DiffNumber, patch.Source.Strip, out var finding);
        return finding is null && files.Length == patch.Files.Length && files.All(file =>
        {
            if (file.OldName is null || before.GetValueOrDefault(file.OldName)?.Copy() is not { } image)
            {
                return true;
            }

            foreach (var hunk in file.Hunks)
            {
                if (HunkPlacement.Find(image, hunk, 0) is not { Offset: 0 } place)
                {
                    return false;
                }

                image.Replace(hunk, place.Span, place.At);
            }

            return true;
        });
    }

    /// <summary>The hunks of a file that did not stand where they say, with context as it is.</summary>
    private static IEnumerable<HunkEdit> Edits(FileOutcome outcome, Dictionary<string, FileImage?> before)
    {
        var image = outcome.Patch.OldName is { } name ? before.GetValueOrDefault(name) : null;
        if (image is null)
        {
            yield break;
        }

        var shift = 0;
        for (var at = 0; at < outcome.Placements.Length; at++)
        {
            var hunk = outcome.Patch.Hunks[at];
            var place = outcome.Placements[at]!.Value;
            var newStart = place.At - place.Span.SkippedAbove;
            var oldStart = newStart - shift;
            shift += hunk.NewCount - hunk.OldCount;
            var context = new List<(int, byte[])>();
            var line = oldStart;
            foreach (var expected in hunk.Lines.Where(expected => expected.IsOld))
            {
                if (line >= 0 && line < image.Count && !image.LineAt(line).SequenceEqual(hunk.BytesOf(expected)))
                {
                    context.Add((expected.Number, image.LineAt(line).ToArray()));
                }

                line++;
            }

            // an empty side counts from the line above it
            var (oldFirst, newFirst) = (oldStart + (hunk.OldCount > 0 ? 1 : 0), newStart + (hunk.NewCount > 0 ? 1 : 0));
            if (oldFirst != hunk.OldStart || newFirst != hunk.NewStart || context.Count > 0)
            {
                yield return new HunkEdit(hunk, oldFirst, newFirst, context);
            }
        }
    }

    private static IEnumerable<IndexEdit> Ids(FilePatch file, Dictionary<string, FileImage?> before, PatchApplication application)
    {
        if (file.OldName is { } old && before.GetValueOrDefault(old) is { } image && file.NewName is { } made
            && application.Changes.GetValueOrDefault(made) is { } after)
        {
            yield return new IndexEdit(
                file.Number, PackFile.NameOf(PackFile.ObjectType.Blob, image.ToArray()),
                PackFile.NameOf(PackFile.ObjectType.Blob, after.ToArray()));
        }
    }

    /// <summary>Where the diff stands in the file, when it stands there as it was read; -1 otherwise.</summary>
    private static int FindDiff(ReadOnlySpan<byte> text, ParsedPatch patch)
    {
        var start = text.Length - patch.Mail.Diff.Length;
        return start >= 0 && patch.Mail.Number == 1 && text[start..].SequenceEqual(patch.Mail.Diff.Span) ? start : -1;
    }
}
