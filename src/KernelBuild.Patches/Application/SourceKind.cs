namespace KernelBuild.Patches.Application;

/// <summary>What stands at a path of a tree.</summary>
internal enum SourceKind
{
    Nothing,
    File,
    Link,
    Folder,
}
