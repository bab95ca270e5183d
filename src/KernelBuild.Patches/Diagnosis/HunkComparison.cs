using System.Collections.Immutable;
using KernelBuild.Patches.Application;
using KernelBuild.Patches.Diffs;

namespace KernelBuild.Patches.Diagnosis;

/// <summary>Sets the old lines of a hunk beside the lines of a file, pairing those that are equal (longest common subsequence).</summary>
internal static class HunkComparison
{
    /// <summary>Above this the pairing would cost more than it tells.</summary>
    private const int LongestHunk = 1500;

    /// <summary>Lines of the file looked at before and after the most similar place.</summary>
    private const int Around = 4;

    /// <param name="at">The most similar place, counted from 0.</param>
    public static ImmutableArray<LineDifference> Compare(FileImage image, Hunk hunk, int at)
    {
        var old = HunkSearch.OldLines(hunk);
        if (old.Count > LongestHunk)
        {
            return [];
        }

        var first = Math.Max(at - Around, 0);
        var count = Math.Min(at + old.Count + Around, image.Count) - first;
        var width = count + 1;
        var common = new int[(old.Count + 1) * width];
        for (var x = old.Count - 1; x >= 0; x--)
        {
            for (var y = count - 1; y >= 0; y--)
            {
                common[(x * width) + y] = image.LineAt(first + y).SequenceEqual(hunk.BytesOf(old[x]))
                    ? common[((x + 1) * width) + y + 1] + 1
                    : Math.Max(common[((x + 1) * width) + y], common[(x * width) + y + 1]);
            }
        }

        var rows = new List<LineDifference>();
        for (var (x, y) = (0, 0); x < old.Count || y < count;)
        {
            if (x < old.Count && y < count && image.LineAt(first + y).SequenceEqual(hunk.BytesOf(old[x])))
            {
                rows.Add(Row(hunk, old[x++], first + y + 1, image.LineAt(first + y++)));
            }
            else if (y >= count || (x < old.Count && common[((x + 1) * width) + y] >= common[(x * width) + y + 1]))
            {
                rows.Add(new LineDifference(old[x].Number, 0, HunkSearch.Show(hunk.BytesOf(old[x])), null));
                x++;
            }
            else
            {
                rows.Add(new LineDifference(0, first + y + 1, null, HunkSearch.Show(image.LineAt(first + y))));
                y++;
            }
        }

        return Pair(Trim(rows));
    }

    private static LineDifference Row(Hunk hunk, HunkLine expected, int fileLine, ReadOnlySpan<byte> found) =>
        new(expected.Number, fileLine, HunkSearch.Show(hunk.BytesOf(expected)), HunkSearch.Show(found));

    /// <summary>The file's lines around the place, that nothing is compared with, say nothing.</summary>
    private static List<LineDifference> Trim(List<LineDifference> rows)
    {
        var first = rows.FindIndex(row => row.Expected is not null);
        var last = rows.FindLastIndex(row => row.Expected is not null);
        return first < 0 ? [] : rows[first..(last + 1)];
    }

    /// <summary>Lines missing here and lines new here, one after the other, are shown side by side.</summary>
    private static ImmutableArray<LineDifference> Pair(List<LineDifference> rows)
    {
        var paired = ImmutableArray.CreateBuilder<LineDifference>();
        for (var at = 0; at < rows.Count;)
        {
            if (rows[at].Agrees)
            {
                paired.Add(rows[at++]);
                continue;
            }

            var end = rows.FindIndex(at, row => row.Agrees);
            end = end < 0 ? rows.Count : end;
            var expected = rows[at..end].Where(row => row.Expected is not null).ToArray();
            var found = rows[at..end].Where(row => row.Found is not null).ToArray();
            if (at == 0)
            {
                // above the first line that agrees, the file has no end: as many lines as the patch expects there
                found = [.. found.TakeLast(Math.Max(expected.Length, 1))];
            }
            else if (end == rows.Count)
            {
                found = [.. found.Take(Math.Max(expected.Length, 1))];
            }

            for (var row = 0; row < Math.Max(expected.Length, found.Length); row++)
            {
                var left = row < expected.Length ? expected[row] : null;
                var right = row < found.Length ? found[row] : null;
                paired.Add(new LineDifference(left?.PatchLine ?? 0, right?.FileLine ?? 0, left?.Expected, right?.Found));
            }

            at = end;
        }

        return paired.ToImmutable();
    }
}
