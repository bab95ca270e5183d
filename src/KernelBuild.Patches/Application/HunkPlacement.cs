using KernelBuild.Patches.Diffs;

namespace KernelBuild.Patches.Application;

/// <summary>
/// Where a hunk goes. The rules are git apply's (apply.c: apply_one_fragment, find_pos): the expected line is that of the new
/// file; a hunk without context above, at line 1, belongs to the file's start, one without context below to its end; otherwise
/// the nearest line that matches wins, the later of two equally near.
/// </summary>
/// <param name="At">Line of the file, counted from 0.</param>
/// <param name="Offset">Lines away from where the patch expects it; negative is nearer to the start.</param>
/// <param name="Fuzz">Context lines that had to be left out.</param>
internal readonly record struct HunkPlacement(int At, int Offset, int Fuzz, HunkSpan Span)
{
    /// <param name="fuzz">Context lines that may be left out: 0 unless a series says otherwise.</param>
    public static HunkPlacement? Find(FileImage image, Hunk hunk, int fuzz)
    {
        var most = Math.Min(fuzz, Math.Max(hunk.Leading, hunk.Trailing));
        for (var tried = 0; tried <= most; tried++)
        {
            var span = tried == 0 ? HunkSpan.Whole(hunk) : HunkSpan.WithFuzz(hunk, tried);
            // without any old line left, a hunk would fit everywhere
            if ((tried == 0 || span.OldCount > 0) && FindExactly(image, hunk, span, tried) is { } placement)
            {
                return placement;
            }
        }

        return null;
    }

    /// <summary>
    /// Where a hunk without context must go, counted from 0. git apply takes it to the end of the file, whatever stands there: lines that are
    /// only added would go in at a place that nobody meant.
    /// </summary>
    private static int OwnLine(Hunk hunk) => hunk.NewCount == 0 ? hunk.NewStart : Math.Max(hunk.NewStart - 1, 0);

    private static HunkPlacement? FindExactly(FileImage image, Hunk hunk, HunkSpan span, int fuzz)
    {
        var expected = Math.Max(hunk.NewStart - 1, 0) + span.SkippedAbove;
        var atStart = fuzz == 0 && hunk.OldStart <= 1;
        var atEnd = fuzz == 0 && hunk.Trailing == 0;
        var start = Math.Min(atStart ? 0 : atEnd ? Math.Max(image.Count - span.OldCount, 0) : expected, image.Count);

        HunkPlacement? Try(int at) =>
            at + span.OldCount <= image.Count
            && (!atStart || at == 0)
            && (!atEnd || at + span.OldCount == image.Count)
            && image.Matches(hunk, span, at)
                ? new HunkPlacement(at, at - expected, fuzz, span)
                : null;

        if (Try(start) is { } found)
        {
            // lines that are the whole file, or all of a new one, have no other place, whatever the header says
            var isWholeFile = span.OldCount == image.Count;
            return fuzz == 0 && hunk.HasNoContext && !isWholeFile && found.At != OwnLine(hunk) ? null : found;
        }

        // bound to an end of the file, there is one place only
        for (var distance = 1; !atStart && !atEnd && (start - distance >= 0 || start + distance <= image.Count); distance++)
        {
            if (start + distance <= image.Count && Try(start + distance) is { } later)
            {
                return later;
            }

            if (start - distance >= 0 && Try(start - distance) is { } earlier)
            {
                return earlier;
            }
        }

        return null;
    }
}
