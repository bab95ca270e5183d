namespace KernelBuild.Archives;

/// <summary>A member of an archive.</summary>
/// <param name="Name">As the archive has it, as Latin-1 text: each character is a byte, since a name need not be UTF-8.</param>
/// <param name="Length">Bytes of the content, holes of a sparse file included.</param>
internal sealed record Member(string Name, MemberKind Kind, long Length)
{
    /// <summary>Whether its owner may execute the file.</summary>
    public bool IsExecutable { get; init; }

    /// <summary>
    /// Of a link: what it points to, in the same form as the name. Empty for a symbolic link whose target is its content.
    /// </summary>
    public string Target { get; init; } = "";

    /// <summary>The archive's own word for what it is, for messages.</summary>
    public string Type { get; init; } = "";
}
