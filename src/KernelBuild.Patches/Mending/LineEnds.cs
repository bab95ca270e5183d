namespace KernelBuild.Patches.Mending;

/// <summary>
/// Hunks whose lines lost or gained carriage returns on their way: their text is held against the source, and their ends are taken from it.
/// </summary>
internal static class LineEnds
{
    private const string Dos = "\r\n";
    private const string Unix = "\n";

    /// <summary>A line with the end that git writes.</summary>
    public static string Without(string line) => line.EndsWith(Dos, StringComparison.Ordinal) ? line[..^2] + Unix : line;

    /// <summary>The readings of a hunk, its own lines without carriage returns, each with the ends of the source.</summary>
    /// <param name="endsOfNew">Whether a file that is not in the source may have either.</param>
    public static IReadOnlyList<HunkReading> Readings(DamagedHunk hunk, IReadOnlyList<string> old, int from, bool endsOfNew)
    {
        var readings = hunk.Readings([.. old.Select(Without)], from);
        return old.Count == 0 && endsOfNew
            ? [.. readings.SelectMany(reading => new[] { With(reading, old, Unix), With(reading, old, Dos) })]
            : [.. readings.Select(reading => With(reading, old)).OfType<HunkReading>()];
    }

    /// <summary>Null where the lines around do not tell what the added ones end in, or where nothing but ends would change.</summary>
    private static HunkReading? With(HunkReading reading, IReadOnlyList<string> old)
    {
        var end = EndOf(old) ?? EndOf(old.Skip(reading.Start).Take(reading.OldCount));
        return end is not null && With(reading, old, end) is var restored && restored.Apply(old) != string.Concat(old) ? restored : null;
    }

    private static HunkReading With(HunkReading reading, IReadOnlyList<string> old, string end)
    {
        var lines = new List<string>(reading.Lines.Count);
        var next = reading.Start;
        for (var at = 0; at < reading.Lines.Count; at++)
        {
            var line = reading.Lines[at];
            var isLast = at + 1 < reading.Lines.Count && reading.Lines[at + 1][0] == '\\';
            lines.Add(line[0] switch
            {
                '\\' => line,
                '+' => isLast || end == Unix ? line : line[..^1] + Dos,
                var mark => (mark == '-' ? "-" : " ") + (old[next].EndsWith('\n') ? old[next++] : old[next++] + Unix),
            });
        }

        return reading with { Lines = lines };
    }

    /// <summary>What all of the lines end in; null when they differ, or there is none.</summary>
    private static string? EndOf(IEnumerable<string> lines) =>
        lines
            .Where(line => line.EndsWith('\n'))
            .Select(line => line.EndsWith(Dos, StringComparison.Ordinal) ? Dos : Unix)
            .Distinct()
            .ToArray() is [var one] ? one : null;
}
