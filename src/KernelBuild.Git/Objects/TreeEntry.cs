using System.Text;

namespace KernelBuild.Git.Objects;

/// <summary>A file of a source tree.</summary>
/// <param name="Path">UTF-8, '/' between parts, relative to the root of the tree.</param>
/// <param name="Mode">As git records it: 100644, 100755 or 120000 (octal).</param>
/// <param name="Id">The blob; of a symbolic link, the blob that holds its target.</param>
public sealed record TreeEntry(ReadOnlyMemory<byte> Path, uint Mode, GitObjectId Id)
{
    public const uint Regular = 0x81a4;
    public const uint Executable = 0x81ed;
    public const uint Symlink = 0xa000;
    public const uint Directory = 0x4000;

    public override string ToString() => Encoding.UTF8.GetString(Path.Span);
}
