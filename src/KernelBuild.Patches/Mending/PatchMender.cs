using System.Globalization;
using KernelBuild.Diagnostics;
using KernelBuild.Git.Objects;
using KernelBuild.Patches.Diffs;

namespace KernelBuild.Patches.Mending;

/// <summary>
/// Restores a damaged diff by the source that it is for: a hunk is taken when exactly one reading of it fits, a lost file name when
/// the hunks fit one file alone. What it gives out reads without a finding, or it gives out nothing.
/// </summary>
/// <param name="lines">The diff with what stands above it (the diffstat).</param>
/// <param name="firstNumber">Of the first line in the patch file, counted from 1.</param>
/// <param name="strip">Parts to take off each name; null as <see cref="DiffReader"/> has it.</param>
/// <param name="isReversed">The patch is taken back: its new side is what the source has.</param>
/// <param name="endsOnly">It reads well: nothing but the ends of its lines may be mended.</param>
/// <param name="source">Lines of a file in the source by its path; null for a file that is not there.</param>
/// <param name="modeOf">Mode of a file in the source, as git writes it.</param>
internal sealed class PatchMender(
    List<string> lines, string file, int firstNumber, int? strip, bool isReversed, bool endsOnly,
    Func<string, IReadOnlyList<string>?> source, Func<string, string> modeOf)
{
    /// <summary>Digits of an id that cannot be another's by chance.</summary>
    private const int ShortestId = 7;

    private const int MostCombinations = 4096;

    private readonly List<string> _result = [];
    private readonly List<Diagnostic> _notes = [];

    /// <summary>Line behind the last hunk.</summary>
    private int _section;

    /// <summary>Its headers ended in CR LF, as no program writes them: all its lines were converted.</summary>
    private bool _isConverted;

    public static MendedPatch Run(
        ReadOnlyMemory<byte> diff, string file, int firstNumber, int? strip, bool isReversed, bool endsOnly,
        Func<string, IReadOnlyList<string>?> source, Func<string, string> modeOf)
    {
        var mender = new PatchMender(MendLines.Split(diff.Span), file, firstNumber, strip, isReversed, endsOnly, source, modeOf);
        try
        {
            mender.Run();
        }
        catch (DiagnosticException e)
        {
            return new MendedPatch(default, [e.Diagnostics[0]]);
        }

        var mended = MendLines.Join(mender._result);
        DiffReader.Read(mended, file, firstNumber, strip, out var finding);
        return finding is null && mender._notes.Count > 0
            ? new MendedPatch(mended, [.. mender._notes])
            : new MendedPatch(default, [finding is null ? mender.NotMended(0, "nothing that could be restored was found") : mender.NotMended(0, finding.Message)]);
    }

    private void Run()
    {
        if (lines.Count > 0 && !lines[^1].EndsWith('\n'))
        {
            lines[^1] += "\n";
            _notes.Add(Note(lines.Count - 1, "the line break at the end was put back"));
        }

        TakeReturnsOut();
        for (var at = 0; at < lines.Count;)
        {
            if (!lines[at].StartsWith("@@ ", StringComparison.Ordinal))
            {
                _result.Add(lines[at++]);
                continue;
            }

            var end = at;
            while (end < lines.Count && lines[end].StartsWith("@@ ", StringComparison.Ordinal))
            {
                end = EndOfHunk(end);
            }

            MendFile(at, end);
            (at, _section) = (end, end);
        }
    }

    /// <summary>Of a patch that was converted to CR LF; which of its files have such ends themselves, the source says.</summary>
    private void TakeReturnsOut()
    {
        _isConverted = lines.Exists(line => line.EndsWith("\r\n", StringComparison.Ordinal)
            && (line.StartsWith("@@ ", StringComparison.Ordinal) || line.StartsWith("+++ ", StringComparison.Ordinal)));
        if (_isConverted)
        {
            var first = lines.FindIndex(line => line.EndsWith("\r\n", StringComparison.Ordinal));
            _notes.Add(Note(first, "the carriage returns that its lines had gained were taken out"));
            for (var at = 0; at < lines.Count; at++)
            {
                lines[at] = LineEnds.Without(lines[at]);
            }
        }
    }

    private int EndOfHunk(int at)
    {
        for (at++; at < lines.Count; at++)
        {
            if (lines[at].StartsWith("@@ ", StringComparison.Ordinal) || lines[at].StartsWith("diff --git ", StringComparison.Ordinal)
                || lines[at].StartsWith("Index: ", StringComparison.Ordinal)
                || (lines[at].StartsWith("--- ", StringComparison.Ordinal) && at + 1 < lines.Count && lines[at + 1].StartsWith("+++ ", StringComparison.Ordinal)))
            {
                break;
            }
        }

        return at;
    }

    /// <summary>The hunks of one file, and the lines above them that name it.</summary>
    private void MendFile(int at, int end)
    {
        var header = MendHeader(at);
        var names = header is { } known ? [known] : FileNamesInPatch.Of(lines, at, _section);
        var fitting = new List<(string Name, List<string> Hunks, List<Diagnostic> Notes)>();
        DiagnosticException? why = null;
        foreach (var name in names)
        {
            try
            {
                if ((source(name) ?? (header is null ? null : Array.Empty<string>())) is { } old)
                {
                    fitting.Add((name, HunksOrEnds(at, end, old, out var notes), notes));
                }
            }
            catch (DiagnosticException e)
            {
                why = e;
            }
        }

        if (fitting.Count != 1)
        {
            throw fitting.Count > 1
                ? new DiagnosticException(NotMended(at, $"its lines that name the file are lost, and it fits {string.Join(" and ", fitting.Select(one => $"'{one.Name}'"))}"))
                : why ?? new DiagnosticException(NotMended(at, "the lines that name its file are lost, and no other line of the patch does"));
        }

        var (chosen, hunks, found) = fitting[0];
        if (header is null)
        {
            AddNames(at, chosen);
        }

        _result.AddRange(hunks);
        _notes.AddRange(found);
    }

    /// <summary>The names in the lines just written, with what is lost or contradicts itself put right.</summary>
    /// <returns>The path in the source; null when no line names it.</returns>
    private string? MendHeader(int at)
    {
        var above = _result.Count - 2;
        if (above < 0 || !_result[above].StartsWith("--- ", StringComparison.Ordinal) || !_result[above + 1].StartsWith("+++ ", StringComparison.Ordinal))
        {
            return null;
        }

        var git = _result.FindLastIndex(line => line.StartsWith("diff --git ", StringComparison.Ordinal));
        // one of a file above has other hunks between
        git = git >= 0 && !_result.Skip(git).Any(line => line.StartsWith("@@ ", StringComparison.Ordinal)) ? git : -1;
        var (isNew, isGone) = (_result[above] == "--- /dev/null\n", _result[above + 1] == "+++ /dev/null\n");
        var header = git < 0 ? [] : _result[git..above];
        if (git >= 0 && isNew && !header.Exists(line => line.StartsWith("new file mode ", StringComparison.Ordinal)))
        {
            // when it is taken back, the file is in the source
            var mode = isReversed ? ModeOf(_result[above + 1]) : "100644";
            _result.Insert(git + 1, $"new file mode {mode}\n");
            _notes.Add(Note(
                at - (above + 2 - git), $"the line 'new file mode {mode}' was put back{(isReversed ? "" : "; an executable has 100755")}"));
        }
        else if (git >= 0 && isGone && !header.Exists(line => line.StartsWith("deleted file mode ", StringComparison.Ordinal)))
        {
            var mode = ModeOf(_result[above]);
            _result.Insert(git + 1, $"deleted file mode {mode}\n");
            _notes.Add(Note(at - (above + 2 - git), $"the line 'deleted file mode {mode}' was put back"));
        }
        else if (git >= 0 && !isNew && !isGone && Path(_result[above]) != Path(_result[above + 1])
            && !header.Exists(line => line.StartsWith("rename ", StringComparison.Ordinal) || line.StartsWith("copy ", StringComparison.Ordinal)))
        {
            // as without git's header: of "file" and "file.orig" the one without the ending is meant
            _result.RemoveRange(git, above - git);
            _notes.Add(Note(at - (above + 2 - git), "the line 'diff --git' and those below it were taken out: they name another file than '+++'"));
            return Path(_result[^2]) is { } first && Path(_result[^1]) is { } second ? (first.Length < second.Length ? first : second) : null;
        }

        return Path(isNew || (isReversed && !isGone) ? _result[^1] : _result[^2]);
    }

    private string ModeOf(string nameLine) => modeOf(Path(nameLine) ?? "");

    /// <summary>The name of a "---" or "+++" line without its prefix.</summary>
    private string? Path(string line)
    {
        var name = line[4..].Split('\t')[0].TrimEnd('\r', '\n', ' ');
        var parts = strip ?? (name.Contains('/', StringComparison.Ordinal) ? 1 : 0);
        for (; parts > 0 && name.IndexOf('/', StringComparison.Ordinal) is >= 0 and var slash; parts--)
        {
            name = name[(slash + 1)..].TrimStart('/');
        }

        return parts == 0 && name.Length > 0 ? name : null;
    }

    private void AddNames(int at, string name)
    {
        if (strip is > 1)
        {
            throw new DiagnosticException(NotMended(at, string.Create(CultureInfo.InvariantCulture, $"the lines that name its file are lost, and -p{strip} does not say how they began")));
        }

        // one of the two may be there
        while (_result.Count > 0 && (_result[^1].StartsWith("--- ", StringComparison.Ordinal) || _result[^1].StartsWith("+++ ", StringComparison.Ordinal)))
        {
            _result.RemoveAt(_result.Count - 1);
        }

        var (before, after) = strip == 0 ? (name, name) : ("a/" + name, "b/" + name);
        _result.Add($"--- {before}\n");
        _result.Add($"+++ {after}\n");
        _notes.Add(Note(at, $"the lines '--- {before}' and '+++ {after}' were put back"));
    }

    /// <summary>The hunks as they stand, else with the ends of lines that the source has.</summary>
    private List<string> HunksOrEnds(int at, int end, IReadOnlyList<string> old, out List<Diagnostic> notes)
    {
        try
        {
            return Hunks(at, end, old, takesEnds: _isConverted && old.Count == 0, out notes);
        }
        catch (DiagnosticException first)
        {
            try
            {
                return Hunks(at, end, old, takesEnds: true, out notes);
            }
            catch (DiagnosticException)
            {
                // what is wrong with it as it stands says more
                throw first;
            }
        }
    }

    /// <summary>All hunks of a file, each in the one reading that fits.</summary>
    /// <param name="takesEnds">The ends of lines are not compared, but taken from the source.</param>
    private List<string> Hunks(int at, int end, IReadOnlyList<string> old, bool takesEnds, out List<Diagnostic> notes)
    {
        var first = at;
        var hunks = new List<(int At, int Next, DamagedHunk Hunk, IReadOnlyList<HunkReading> Readings)>();
        var from = 0;
        for (int next; at < end; at = next)
        {
            next = Math.Min(EndOfHunk(at), end);
            var hunk = Hunk(at, next, takesEnds);
            var readings = takesEnds ? LineEnds.Readings(hunk, old, from, endsOfNew: _isConverted) : hunk.Readings(old, from);
            if (endsOnly)
            {
                readings = hunk.SoundLength is null ? [] : [.. readings.Where(reading => reading.What.Count == 0)];
            }

            if (readings.Count == 0)
            {
                throw new DiagnosticException(NotMended(at, "no reading of the hunk fits the source"));
            }

            hunks.Add((at, next, hunk, readings));
            from = readings[0].Start + readings[0].OldCount;
        }

        notes = [];
        if (takesEnds && old.Count > 0)
        {
            notes.Add(Note(first, "its lines were given the ends that they have in the source"));
        }

        var result = new List<string>();
        var delta = 0;
        foreach (var ((line, next, hunk, _), reading) in hunks.Zip(Choose(hunks.ConvertAll(one => one.Readings), hunks.ConvertAll(one => one.At), old)))
        {
            var isSound = reading.What.Count == 0 && hunk.SoundLength is not null;
            if (isSound)
            {
                result.Add(LineEnds.Without(lines[line]));
            }
            else
            {
                var (here, there) = (Range(reading.Start, reading.OldCount), Range(reading.Start + delta, reading.NewCount));
                var ranges = isReversed ? $"@@ -{there} +{here} @@" : $"@@ -{here} +{there} @@";
                result.Add($"{ranges}{hunk.Section}\n");
                notes.Add(Note(line, $"{string.Join(", ", reading.What.DefaultIfEmpty("its header was written anew"))}: {ranges}"));
            }

            // what stands behind a sound hunk is no part of it, and stays
            result.AddRange(isReversed ? reading.Lines.Select(MendLines.Reversed) : reading.Lines);
            result.AddRange(isSound ? lines[(line + 1 + hunk.SoundLength!.Value)..next] : Trailer(lines[(line + 1)..next]));
            delta += reading.NewCount - reading.OldCount;
        }

        return result;
    }

    private DamagedHunk Hunk(int at, int next, bool takesEnds)
    {
        IEnumerable<string> body = lines[(at + 1)..next];
        body = takesEnds ? body.Select(LineEnds.Without) : body;
        return isReversed
            ? new DamagedHunk(MendLines.ReversedRanges(lines[at]), [.. body.Select(MendLines.Reversed)])
            : new DamagedHunk(lines[at], [.. body]);
    }

    /// <summary>
    /// One reading of each hunk: the only one, or, where several fit, those that make the blob that the line "index" names.
    /// </summary>
    private IReadOnlyList<HunkReading> Choose(List<IReadOnlyList<HunkReading>> hunks, List<int> numbers, IReadOnlyList<string> old)
    {
        if (hunks.TrueForAll(readings => readings.Count == 1))
        {
            return [.. hunks.Select(readings => readings[0])];
        }

        var several = hunks.FindIndex(readings => readings.Count > 1);
        var id = _result.FindLastIndex(line => line.StartsWith("index ", StringComparison.Ordinal)) is >= 0 and var index && index > _result.Count - 5
            ? _result[index]["index ".Length..].Split(' ', '\n')[0].Split("..")[isReversed ? 0 : ^1] : "";
        var combinations = hunks.Aggregate(1L, (product, readings) => Math.Min(MostCombinations + 1, product * readings.Count));
        IReadOnlyList<HunkReading>[] chosen = id.Length >= ShortestId && combinations <= MostCombinations
            ? [.. Combinations(hunks, 0).Where(readings => NameOf(readings, old).StartsWith(id, StringComparison.Ordinal)).Take(2)]
            : [];
        return chosen.Length == 1 ? chosen[0] : throw new DiagnosticException(NotMended(numbers[several], string.Create(
            CultureInfo.InvariantCulture,
            $"{hunks[several].Count} readings of the hunk fit the source, at line {hunks[several][0].Start + 1} and at line {hunks[several][1].Start + 1}"
            + $"{(id.Length >= ShortestId ? ", and the blob that the line 'index' names does not tell which" : ", and no line 'index' tells which")}")));
    }

    private static IEnumerable<IReadOnlyList<HunkReading>> Combinations(List<IReadOnlyList<HunkReading>> hunks, int at) => at == hunks.Count
        ? [[]]
        : hunks[at].SelectMany(reading => Combinations(hunks, at + 1).Select(rest => (IReadOnlyList<HunkReading>)[reading, .. rest]));

    /// <summary>The blob that a file becomes, as the line "index" names it.</summary>
    private static string NameOf(IReadOnlyList<HunkReading> readings, IReadOnlyList<string> old)
    {
        // from the last to the first: the places of those before stay
        var now = old;
        foreach (var reading in readings.OrderByDescending(reading => reading.Start))
        {
            now = MendLines.Split(System.Text.Encoding.Latin1.GetBytes(reading.Apply(now)));
        }

        return PackFile.NameOf(PackFile.ObjectType.Blob, MendLines.Join(now)).ToString();
    }

    /// <summary>The signature of a mail, which is no part of a hunk.</summary>
    private static List<string> Trailer(List<string> body)
    {
        var signature = body.FindLastIndex(line => line == MendLines.Signature);
        return signature > 0 ? body[signature..] : [];
    }

    private static string Range(int start, int count)
    {
        var first = count == 0 ? start : start + 1;
        return count == 1 ? first.ToString(CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"{first},{count}");
    }

    private Diagnostic Note(int at, string what) =>
        Diagnostic.Note(DiagnosticCodes.PatchMended, $"mended: {what}") with { File = file, Line = firstNumber + Math.Max(at, 0) };

    private Diagnostic NotMended(int at, string why) => Diagnostic.Error(
        DiagnosticCodes.PatchNotMended, $"the patch is damaged, and cannot be mended: {why}",
        "name in --git and --commit the source that it was made for, or take the patch anew from its author") with
    { File = file, Line = firstNumber + at };
}
