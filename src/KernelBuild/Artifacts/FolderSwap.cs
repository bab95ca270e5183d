namespace KernelBuild.Artifacts;

/// <summary>A folder that is the old one or the new one.</summary>
public static class FolderSwap
{
    /// <summary>Renames a finished folder to its target, after moving away what is there.</summary>
    public static void Replace(string finished, string target)
    {
        var old = $"{target}.{Guid.NewGuid():n}.old";
        if (Directory.Exists(target))
        {
            Directory.Move(target, old);
        }

        Directory.Move(finished, target);
        if (Directory.Exists(old))
        {
            Directory.Delete(old, recursive: true);
        }
    }
}
