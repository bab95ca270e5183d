using System.Globalization;
using System.Text.RegularExpressions;
using KernelBuild.Diagnostics;
using KernelBuild.Patches.Diffs;

namespace KernelBuild.Patches.Mending;

/// <summary>
/// A hunk between its header and whatever comes next, and every reading of it that fits a source: its lines counted anew, blank
/// context put back that mail programs and editors take away, the blank before a line of context put back.
/// </summary>
internal sealed partial class DamagedHunk
{
    /// <summary>More lines than this are not missing by accident.</summary>
    private const int MostBlanks = 50;

    /// <summary>More of them are not looked at.</summary>
    private const int MostReadings = 64;

    private readonly string _header;
    private readonly IReadOnlyList<string> _body;

    /// <param name="body">All lines up to the next header or the end of the patch.</param>
    public DamagedHunk(string header, IReadOnlyList<string> body)
    {
        _header = header;
        _body = body;
        var match = Ranges().Match(header);
        int Group(string name, int otherwise) =>
            match.Groups[name] is { Success: true } group && int.TryParse(group.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
                ? value : otherwise;
        IsCounted = match.Success;
        OldStart = Group("old", 0);
        OldCount = Group("oldCount", 1);
        NewCount = Group("newCount", 1);
        Section = match.Success ? match.Groups["section"].Value.TrimEnd('\r', '\n') : "";
    }

    /// <summary>Whether the header can be read.</summary>
    public bool IsCounted { get; }

    public int OldStart { get; }

    public int OldCount { get; }

    public int NewCount { get; }

    /// <summary>What stands behind the second "@@".</summary>
    public string Section { get; }

    /// <summary>Lines of the body that the hunk has when it is sound; null when it is damaged.</summary>
    public int? SoundLength
    {
        get
        {
            var lines = new TextLines(MendLines.Join(_body.Prepend(_header)), 0);
            try
            {
                HunkReader.Read(lines);
                return lines.Number - 1;
            }
            catch (DiagnosticException)
            {
                return null;
            }
        }
    }

    /// <summary>Behind the lines that the header counts stand more that look like lines of the hunk.</summary>
    private bool HasMore => SoundLength is { } length
        && _body.Skip(length).TakeWhile(line => line != MendLines.Signature && line != "--\n").Any(line => line[0] is ' ' or '-' or '+');

    /// <summary>
    /// The readings that fit best: those of a sound hunk, else those that have the lines that the header counts, else those that do
    /// not; at the line that the header states where one fits there, else wherever one does.
    /// </summary>
    /// <param name="old">Lines of the file in the source; empty for a file that is made.</param>
    /// <param name="from">Lines before it belong to the hunks above.</param>
    /// <returns>Such that make the same of the file stand once.</returns>
    public IReadOnlyList<HunkReading> Readings(IReadOnlyList<string> old, int from)
    {
        Func<Body, bool>[] damaged = [body => body.Missing > 0, body => body is { Missing: 0, IsSound: false }];
        foreach (var tier in HasMore ? [.. damaged, body => body.IsSound] : damaged.Prepend(body => body.IsSound))
        {
            var bodies = Bodies().Where(tier).ToArray();
            var stated = Stated(old.Count, from);
            var here = Distinct(bodies.SelectMany(body => At(body, old, stated)), old);
            // without a line of the old file, only the number says where it belongs
            var found = here.Count > 0 ? here : Distinct(
                bodies
                    .Where(body => body.OldLines > 0)
                    .SelectMany(body => Enumerable.Range(from, Math.Max(0, old.Count - from)).SelectMany(start => At(body, old, start))),
                old);
            if (found.Count > 0)
            {
                return found;
            }
        }

        return [];
    }

    private static List<HunkReading> Distinct(IEnumerable<HunkReading> readings, IReadOnlyList<string> old) =>
        [.. readings.DistinctBy(reading => reading.Apply(old), StringComparer.Ordinal).Take(MostReadings)];

    private IEnumerable<HunkReading> At(Body body, IReadOnlyList<string> old, int start)
    {
        string[] what = body.Restored == 0 ? [] : [$"the blank before {Counted.Of(body.Restored, "line")} of context was put back"];
        if (body.Missing > 0)
        {
            what = [.. what, $"{Counted.Of(body.Missing, "line")} of blank context {(body.Missing == 1 ? "was" : "were")} put back"];
        }
        else if (!body.IsSound && !(IsCounted && body.OldLines == OldCount && body.NewLines == NewCount))
        {
            what = [.. what, "its lines were counted anew"];
        }

        return HunkFit.Of(body.Lines, old, start, body.Missing).Select(lines => new HunkReading(start, lines, what));
    }

    /// <summary>The line that the header states, counted from 0.</summary>
    private int Stated(int count, int from) => Math.Clamp(OldCount == 0 ? OldStart : OldStart - 1, from, Math.Max(from, count));

    /// <summary>
    /// Where the hunk may end: at the end, before a mail's signature, before blank lines that may be the mail's and not the hunk's;
    /// as its lines stand, and with the blank ones that it lacks.
    /// </summary>
    private IEnumerable<Body> Bodies()
    {
        if (SoundLength is { } length)
        {
            yield return new Body(_body.Take(length), IsSound: true);
        }

        var ends = new List<int> { _body.Count };
        var signature = _body.ToList().FindLastIndex(line => line == MendLines.Signature || line == "--\n");
        if (signature > 0)
        {
            ends.Insert(0, signature);
        }

        foreach (var end in ends)
        {
            for (var last = end; last > 0; last--)
            {
                var body = new Body(_body.Take(last), IsSound: false);
                if (body.Lines.Exists(line => line[0] is '-' or '+'))
                {
                    yield return body;
                    var missing = OldCount - body.OldLines;
                    if (IsCounted && missing is > 0 and <= MostBlanks && NewCount - body.NewLines == missing)
                    {
                        yield return body with { Missing = missing };
                    }
                }

                if (_body[last - 1] is not ("\n" or "\r\n") || end - last > MostBlanks)
                {
                    break;
                }
            }
        }
    }

    /// <summary>Lines of the hunk, each with a mark: one without is of context whose blank was taken.</summary>
    /// <param name="Written">As they stand in the patch.</param>
    private sealed record Body(IEnumerable<string> Written, bool IsSound)
    {
        public List<string> Lines { get; } = [.. Written.Select(line => MendLines.IsMarked(line) ? line : " " + line)];

        public int Restored { get; } = Written.Count(line => !MendLines.IsMarked(line));

        /// <summary>Blank lines to be put in.</summary>
        public int Missing { get; init; }

        public int OldLines => Lines.Count(line => line[0] is ' ' or '-' or '\n');

        public int NewLines => Lines.Count(line => line[0] is ' ' or '+' or '\n');
    }

    [GeneratedRegex(@"^@@ -(?<old>\d+)(,(?<oldCount>\d+))? \+(?<new>\d+)(,(?<newCount>\d+))? @@(?<section>[^\n]*)")]
    private static partial Regex Ranges();
}
