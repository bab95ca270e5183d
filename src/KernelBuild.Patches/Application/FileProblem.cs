namespace KernelBuild.Patches.Application;

/// <summary>Why a file patch failed as a whole, when no single hunk is to blame.</summary>
public enum FileProblem
{
    None,

    /// <summary>The file to change is not there.</summary>
    FileMissing,

    /// <summary>The file to be made is there already.</summary>
    FileExists,

    /// <summary>An earlier part of the same patch renamed or deleted the file.</summary>
    FileGoneInSamePatch,

    /// <summary>The path climbs out of the tree, goes through a symbolic link, or names git's own folder.</summary>
    PathUnsafe,

    /// <summary>A link where a file was expected, or the reverse.</summary>
    WrongType,

    /// <summary>A submodule's line names no commit.</summary>
    SubmoduleDamaged,

    /// <summary>A file that is to be deleted has lines that the patch does not know.</summary>
    LinesLeft,

    /// <summary>A binary patch against other content.</summary>
    BinaryDiffers,

    /// <summary>"Binary files differ", without the content.</summary>
    BinaryMissing,

    /// <summary>At least one hunk failed.</summary>
    HunksFailed,
}
