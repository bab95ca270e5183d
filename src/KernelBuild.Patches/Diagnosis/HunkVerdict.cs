namespace KernelBuild.Patches.Diagnosis;

/// <summary>What became of a hunk, the most telling first where several hold.</summary>
public enum HunkVerdict
{
    /// <summary>Every line matched where the patch expects it.</summary>
    Applied,

    /// <summary>Every line matched, some lines away.</summary>
    AppliedAtOffset,

    /// <summary>Applied with fewer context lines, which the series allows this patch.</summary>
    AppliedWithFuzz,

    /// <summary>The whole result stands in the file already.</summary>
    AlreadyApplied,

    /// <summary>A patch of the same series changed the lines; without it the hunk would apply.</summary>
    Conflicts,

    /// <summary>Would apply if some context lines were left out.</summary>
    AppliesWithFuzz,

    /// <summary>Some of its changes stand in the file already.</summary>
    PartlyApplied,

    /// <summary>Lines that the patch expects are not in the file.</summary>
    ContextDrifted,

    /// <summary>The file is not there.</summary>
    FileGone,

    /// <summary>Not reached: the file could not be patched at all.</summary>
    NotTried,
}
