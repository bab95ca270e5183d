namespace KernelBuild.Patches.Mending;

/// <summary>Holds the lines of a hunk against a place of the source, and finds where blank lines that it lost stood.</summary>
internal static class HunkFit
{
    /// <summary>A step of the search is a call.</summary>
    private const int LongestWithLoss = 4000;

    /// <summary>
    /// Every way in which the lines fit: where a blank line was lost beside added ones, it may have stood before, between or behind
    /// them, which makes different files.
    /// </summary>
    /// <param name="lines">With their marks; of a longer hunk than <see cref="LongestWithLoss"/> nothing lost is looked for.</param>
    /// <param name="start">Line of the source, counted from 0.</param>
    /// <param name="missing">Blank lines of context that are lost: so many, no more and no fewer.</param>
    public static IEnumerable<IReadOnlyList<string>> Of(IReadOnlyList<string> lines, IReadOnlyList<string> source, int start, int missing) =>
        missing == 0 ? Fits(lines, source, start) ? [lines] : []
        : lines.Count > LongestWithLoss ? [] : Of(lines, source, 0, start, missing, []);

    private static bool Fits(IReadOnlyList<string> lines, IReadOnlyList<string> source, int at)
    {
        for (var line = 0; line < lines.Count; line++)
        {
            if (IsOld(lines[line]) && (at >= source.Count || source[at++] != MendLines.Content(lines, line)))
            {
                return false;
            }
        }

        return true;
    }

    private static IEnumerable<IReadOnlyList<string>> Of(
        IReadOnlyList<string> lines, IReadOnlyList<string> source, int line, int at, int missing, IReadOnlyList<string> before)
    {
        // a line that was lost, here
        if (missing > 0 && at < source.Count && MendLines.IsBlank(source[at])
            && (line >= lines.Count || !IsOld(lines[line]) || source[at] != MendLines.Content(lines, line)))
        {
            foreach (var rest in Of(lines, source, line, at + 1, missing - 1, [.. before, " " + source[at]]))
            {
                yield return rest;
            }
        }

        if (line >= lines.Count)
        {
            if (missing == 0)
            {
                yield return before;
            }

            yield break;
        }

        if (!IsOld(lines[line]))
        {
            foreach (var rest in Of(lines, source, line + 1, at, missing, [.. before, lines[line]]))
            {
                yield return rest;
            }
        }
        else if (at < source.Count && source[at] == MendLines.Content(lines, line))
        {
            foreach (var rest in Of(lines, source, line + 1, at + 1, missing, [.. before, lines[line]]))
            {
                yield return rest;
            }
        }
    }

    private static bool IsOld(string line) => line[0] is ' ' or '-' or '\n';
}
