using System.Text;
using KernelBuild.Patches.Application;
using KernelBuild.Patches.Diffs;

namespace KernelBuild.Patches.Diagnosis;

/// <summary>Looks for lines of a hunk in a file where the hunk as a whole does not apply.</summary>
internal static class HunkSearch
{
    /// <summary>
    /// The place nearest to the expected one at which these lines stand together, counted from 0; null when they nowhere do.
    /// </summary>
    public static int? Find(FileImage image, Hunk hunk, IReadOnlyList<HunkLine> lines, int expected)
    {
        var last = image.Count - lines.Count;
        if (lines.Count == 0 || last < 0)
        {
            return null;
        }

        var start = Math.Clamp(expected, 0, last);
        for (var distance = 0; start - distance >= 0 || start + distance <= last; distance++)
        {
            if (start + distance <= last && Stands(image, hunk, lines, start + distance))
            {
                return start + distance;
            }

            if (distance > 0 && start - distance >= 0 && Stands(image, hunk, lines, start - distance))
            {
                return start - distance;
            }
        }

        return null;
    }

    /// <summary>
    /// The place most like the old lines: each line that the file has too votes for where the hunk would begin, a rare line
    /// more than a common one. Null when no line is there.
    /// </summary>
    public static int? MostAlike(FileImage image, Hunk hunk, int expected)
    {
        var old = OldLines(hunk);
        var wanted = new Dictionary<int, List<int>>();
        for (var at = 0; at < old.Count; at++)
        {
            var text = hunk.BytesOf(old[at]);
            if (!IsTrivial(text))
            {
                var hash = HashOf(text);
                wanted.TryAdd(hash, []);
                wanted[hash].Add(at);
            }
        }

        var places = new Dictionary<int, List<int>>();
        for (var at = 0; at < image.Count; at++)
        {
            var hash = HashOf(image.LineAt(at));
            if (wanted.ContainsKey(hash))
            {
                places.TryAdd(hash, []);
                places[hash].Add(at);
            }
        }

        var votes = new Dictionary<int, double>();
        foreach (var (hash, found) in places.Where(pair => pair.Value.Count <= 1000))
        {
            foreach (var start in found.SelectMany(place => wanted[hash], (place, at) => place - at))
            {
                votes[start] = votes.GetValueOrDefault(start) + (1.0 / found.Count);
            }
        }

        return votes.Count == 0
            ? null
            : Math.Clamp(
                votes
                    .OrderByDescending(vote => vote.Value)
                    .ThenBy(vote => Math.Abs(vote.Key - expected))
                    .ThenBy(vote => vote.Key)
                    .First().Key,
                0, image.Count);
    }

    public static List<HunkLine> OldLines(Hunk hunk) => [.. hunk.Lines.Where(line => line.IsOld)];

    public static List<HunkLine> NewLines(Hunk hunk) => [.. hunk.Lines.Where(line => line.IsNew)];

    /// <summary>Lines that stand everywhere in C: empty ones, lone brackets, "return;" and the like.</summary>
    public static bool IsTrivial(ReadOnlySpan<byte> line)
    {
        var text = line.Trim(" \t\r\n"u8);
        return text.Length <= 1 || (text.Length <= 8 && text.IndexOfAnyInRange((byte)'a', (byte)'z') < 0) || text.SequenceEqual("break;"u8)
            || text.SequenceEqual("return;"u8) || text.SequenceEqual("#endif"u8);
    }

    /// <summary>A line as a report shows it.</summary>
    public static string Show(ReadOnlySpan<byte> line) =>
        Encoding.UTF8.GetString(line.TrimEnd("\n"u8)).Replace("\r", "␍", StringComparison.Ordinal);

    private static bool Stands(FileImage image, Hunk hunk, IReadOnlyList<HunkLine> lines, int at)
    {
        for (var line = 0; line < lines.Count; line++)
        {
            if (!image.LineAt(at + line).SequenceEqual(hunk.BytesOf(lines[line])))
            {
                return false;
            }
        }

        return true;
    }

    private static int HashOf(ReadOnlySpan<byte> line)
    {
        var hash = default(HashCode);
        hash.AddBytes(line.Trim(" \t\r\n"u8));
        return hash.ToHashCode();
    }
}
