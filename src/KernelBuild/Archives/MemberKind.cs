namespace KernelBuild.Archives;

/// <summary>What a member of an archive is.</summary>
internal enum MemberKind
{
    File = 0,
    Folder = 1,
    SymbolicLink = 2,
    HardLink = 3,

    /// <summary>A device node, a pipe, or a type that nobody knows: nothing that a source tree can hold.</summary>
    Other = 4,
}
