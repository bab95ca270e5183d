namespace KernelBuild.Patches.Diffs;

/// <summary>A line of a hunk: a slice of the patch's text, without its mark, with its line break unless the file has none there.</summary>
/// <param name="Start">Byte offset in the patch's text.</param>
/// <param name="Length">In bytes; the line break is part of it.</param>
/// <param name="Number">Line in the patch file, counted from 1.</param>
public readonly record struct HunkLine(HunkLineKind Kind, int Start, int Length, int Number)
{
    public bool IsOld => Kind != HunkLineKind.Added;

    public bool IsNew => Kind != HunkLineKind.Removed;
}
