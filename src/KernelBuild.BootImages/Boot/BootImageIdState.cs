namespace KernelBuild.BootImages.Boot;

/// <summary>What the <c>id</c> field of a version 0 to 2 header says about the sections.</summary>
public enum BootImageIdState
{
    /// <summary>Versions 3 and 4 have no id; only AVB protects them.</summary>
    Absent,

    /// <summary>All 32 bytes are zero: the tool that made the image wrote none.</summary>
    Zero,

    /// <summary>The SHA-1 of the sections, as mkbootimg writes it, and 12 zero bytes.</summary>
    MatchesSha1,

    /// <summary>The SHA-256 of the sections, as some vendors' tools write it.</summary>
    MatchesSha256,

    /// <summary>Neither: a section was changed after the image was made, or the id is a vendor's own.</summary>
    MatchesNothing,
}
