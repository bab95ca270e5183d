using KernelBuild.Patches.Diffs;

namespace KernelBuild.Patches.Application;

/// <summary>The lines of a hunk that must match and are replaced: all, or fewer context lines at both ends with fuzz.</summary>
/// <param name="Start">First line of the hunk that counts.</param>
/// <param name="End">The line after the last.</param>
/// <param name="SkippedAbove">Old lines left out at the start.</param>
internal readonly record struct HunkSpan(int Start, int End, int SkippedAbove, int OldCount, int NewCount)
{
    public static HunkSpan Whole(Hunk hunk) => new(0, hunk.Lines.Length, 0, hunk.OldCount, hunk.NewCount);

    /// <summary>
    /// Leaves out context as GNU patch does: of the longer end first, so that fuzz 1 on a hunk with three lines above and one
    /// below takes one away above.
    /// </summary>
    public static HunkSpan WithFuzz(Hunk hunk, int fuzz)
    {
        var context = Math.Max(hunk.Leading, hunk.Trailing);
        var above = Math.Clamp(fuzz + hunk.Leading - context, 0, hunk.Leading);
        var below = Math.Clamp(fuzz + hunk.Trailing - context, 0, hunk.Trailing);
        return new HunkSpan(above, hunk.Lines.Length - below, above, hunk.OldCount - above - below, hunk.NewCount - above - below);
    }
}
