namespace KernelBuild.Patches.Diagnosis;

/// <summary>What became of a patch.</summary>
public enum PatchVerdict
{
    /// <summary>In, wholly.</summary>
    Applied,

    /// <summary>Left out: something of it does not apply.</summary>
    Failed,

    /// <summary>Left out: all of it stands in the source already.</summary>
    AlreadyApplied,

    /// <summary>Left out: its text is damaged.</summary>
    Malformed,

    /// <summary>Not reached: one before it failed.</summary>
    NotTried,
}
