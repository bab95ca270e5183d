using KernelBuild.Git.Objects;

namespace KernelBuild.Fetch;

/// <summary>A file or symbolic link of a tree that is being imported; hard links are one of these under several paths.</summary>
internal sealed class SourceFile(uint mode, byte[] content)
{
    public uint Mode => mode;

    /// <summary>Until it is in the pack.</summary>
    public byte[]? Content { get; private set; } = content;

    /// <summary>Known once it is in the pack.</summary>
    public GitObjectId Id { get; private set; }

    public void Packed(GitObjectId id)
    {
        Id = id;
        // of a link, it is short, and a hard link to it may follow
        Content = mode == TreeEntry.Symlink ? Content : null;
    }
}
