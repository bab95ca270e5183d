using KernelBuild.BootImages.Ramdisks;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Host.Files;

namespace KernelBuild.Cli.Boot;

/// <summary>Puts files of the host into a ramdisk.</summary>
internal static class RamdiskAddition
{
    private const UnixFileMode Permissions = (UnixFileMode)0b111_111_111;

    /// <param name="files">The ramdisk.</param>
    /// <param name="path">Where it is in the ramdisk.</param>
    /// <param name="source">A file, link or folder.</param>
    /// <param name="mode">Of files; null for those that are replaced, else the host's.</param>
    /// <param name="owner">Null for those that are replaced, else 0:0.</param>
    /// <exception cref="Diagnostics.DiagnosticException">KB9010, KB9012 or KB5009.</exception>
    public static void Add(RamdiskFiles files, string path, string source, UnixFileMode? mode, (uint User, uint Group)? owner)
    {
        if (!Directory.Exists(source))
        {
            files.Put(path, FileType.RegularFile, mode ?? ModeOf(files, path, source), InputFile.Read(source), owner);
            return;
        }

        if (mode is not null)
        {
            throw CommandFrame.Usage("--mode is for one file, and a folder is given",
                "leave it out, or use kernelbuild boot ramdisk chmod");
        }

        files.Put(path, FileType.Directory, ModeOf(files, path, source), default, owner);
        foreach (var entry in new DirectoryInfo(source).EnumerateFileSystemInfos().OrderBy(entry => entry.Name, StringComparer.Ordinal))
        {
            var below = $"{path}/{entry.Name}";
            if (entry.LinkTarget is { } target)
            {
                files.Put(below, FileType.SymbolicLink, null, System.Text.Encoding.UTF8.GetBytes(target), owner);
            }
            else
            {
                Add(files, below, entry.FullName, null, owner);
            }
        }
    }

    /// <summary>Null for what is replaced by its like, which keeps its own.</summary>
    private static UnixFileMode? ModeOf(RamdiskFiles files, string path, string source)
    {
        var old = files.Find(path)?.Type;
        var isReplaced = old == (Directory.Exists(source) ? FileType.Directory : FileType.RegularFile);
        return isReplaced || OperatingSystem.IsWindows() || !(File.Exists(source) || Directory.Exists(source))
            ? null
            : File.GetUnixFileMode(source) & Permissions;
    }
}
