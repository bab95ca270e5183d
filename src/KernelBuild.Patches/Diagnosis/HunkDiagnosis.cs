using KernelBuild.Patches.Application;
using KernelBuild.Patches.Diffs;

namespace KernelBuild.Patches.Diagnosis;

/// <summary>Finds out why a hunk does not apply to a file.</summary>
internal static class HunkDiagnosis
{
    /// <summary>GNU patch's own limit; above it, what matches is chance.</summary>
    private const int MostFuzz = 2;

    /// <param name="image">The file as it was before the patch.</param>
    /// <param name="conflictsWith">The patch of the series without which the hunk would apply; empty when there is none.</param>
    public static HunkReport Explain(HunkReport report, FileImage image, Hunk hunk, string conflictsWith)
    {
        var expected = Math.Max(hunk.OldStart - 1, 0);
        var newLines = HunkSearch.NewLines(hunk);
        if (newLines.Exists(line => !HunkSearch.IsTrivial(hunk.BytesOf(line)))
            && HunkSearch.Find(image, hunk, newLines, Math.Max(hunk.NewStart - 1, 0)) is { } done)
        {
            return report with
            {
                Verdict = HunkVerdict.AlreadyApplied,
                Line = done + 1,
                AlreadyFrom = done + hunk.Leading + 1,
                AlreadyTo = done + Math.Max(newLines.Count - hunk.Trailing, hunk.Leading + 1),
            };
        }

        if (HunkObstacle.Find(image, hunk) is { } obstacle)
        {
            return report with { Verdict = HunkVerdict.ContextDrifted, Line = obstacle.Line, Offset = obstacle.Line - 1 - expected, Reason = obstacle.Reason, Mend = obstacle.Mend };
        }

        var alike = HunkSearch.MostAlike(image, hunk, expected);
        var (from, to) = FindDone(image, hunk, alike ?? expected);
        report = report with
        {
            Line = (alike ?? -1) + 1,
            Offset = alike is { } place ? place - expected : 0,
            AlreadyFrom = from,
            AlreadyTo = to,
            Comparison = alike is { } at ? HunkComparison.Compare(image, hunk, at) : [],
        };
        if (conflictsWith.Length > 0)
        {
            return report with { Verdict = HunkVerdict.Conflicts, ConflictsWith = conflictsWith };
        }

        if (HunkPlacement.Find(image, hunk, MostFuzz) is { } fuzzy)
        {
            if (fuzzy.Fuzz == 0)
            {
                // it fits the file as it was before this patch
                return report with
                {
                    Line = fuzzy.At + 1,
                    Offset = fuzzy.Offset,
                    Comparison = [],
                    Reason = "it overlaps a hunk before it of the same patch: both expect the same lines, which git refuses",
                    Mend = "make the patch anew from a tree that has both changes (GNU patch applies it as it is)",
                };
            }

            return report with { Verdict = HunkVerdict.AppliesWithFuzz, Fuzz = fuzzy.Fuzz, Line = fuzzy.At + 1, Offset = fuzzy.Offset };
        }

        return report with { Verdict = from > 0 ? HunkVerdict.PartlyApplied : HunkVerdict.ContextDrifted };
    }

    /// <summary>The lines of the file in which some of the hunk's additions stand already; 0 and 0 when none do.</summary>
    private static (int From, int To) FindDone(FileImage image, Hunk hunk, int expected)
    {
        var (from, to) = (0, 0);
        foreach (var group in Additions(hunk).Where(group => group.Exists(line => !HunkSearch.IsTrivial(hunk.BytesOf(line)))))
        {
            if (HunkSearch.Find(image, hunk, group, expected) is not { } at)
            {
                continue;
            }

            from = from == 0 ? at + 1 : Math.Min(from, at + 1);
            to = Math.Max(to, at + group.Count);
        }

        return (from, to);
    }

    /// <summary>The lines that a hunk adds, those next to each other together.</summary>
    private static IEnumerable<List<HunkLine>> Additions(Hunk hunk)
    {
        var group = new List<HunkLine>();
        foreach (var line in hunk.Lines)
        {
            if (line.Kind == HunkLineKind.Added)
            {
                group.Add(line);
            }
            else if (group.Count > 0)
            {
                yield return group;
                group = [];
            }
        }

        if (group.Count > 0)
        {
            yield return group;
        }
    }
}
