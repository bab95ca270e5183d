using KernelBuild.Git.Objects;

namespace KernelBuild.Patches.Application;

/// <param name="Mode">As git records it: 100644, 100755, 120000, 40000, 160000 (octal).</param>
/// <param name="Id">The object's name, 40 hexadecimal digits.</param>
public readonly record struct SourceEntry(uint Mode, string Id)
{
    public bool IsFolder => Mode == TreeEntry.Directory;
}
