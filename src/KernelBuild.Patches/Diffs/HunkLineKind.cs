namespace KernelBuild.Patches.Diffs;

/// <summary>What a line of a hunk says of the file.</summary>
public enum HunkLineKind
{
    /// <summary>' ': in the old file and in the new one.</summary>
    Context,

    /// <summary>'-': in the old file alone.</summary>
    Removed,

    /// <summary>'+': in the new file alone.</summary>
    Added,
}
