namespace Nuke.Common.IO;

/// <summary>Operations on the files and directories that paths name.</summary>
public static class AbsolutePathExtensions
{
    /// <summary>Creates the directory, or deletes everything in it.</summary>
    public static AbsolutePath CreateOrCleanDirectory(this AbsolutePath path)
    {
        path.DeleteDirectory();
        Directory.CreateDirectory(path);
        return path;
    }

    /// <summary>Deletes the directory with its content, if it exists. Symbolic links in it are deleted, their targets are not.</summary>
    public static void DeleteDirectory(this AbsolutePath path)
    {
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }
    }
}
