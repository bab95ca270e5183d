using KernelBuild.BootImages.Ramdisks;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;

namespace KernelBuild.Cli.Boot;

/// <summary>Writes entries of a ramdisk into a folder; nothing that a hostile one says leads out of it.</summary>
internal static class RamdiskExtraction
{
    private const UnixFileMode OwnerMayAll = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode Permissions = (UnixFileMode)0b111_111_111;

    /// <returns>How many were written, and what was not.</returns>
    /// <exception cref="DiagnosticException">KB5040: files are there already. KB9012.</exception>
    public static (int Written, IReadOnlyList<Diagnostic> Findings) Write(RamdiskFiles files, string[] wanted, string folder, bool force)
    {
        var entries = new Dictionary<string, CpioEntry>(StringComparer.Ordinal);
        foreach (var entry in files.Entries)
        {
            var path = CpioDocument.PathOf(entry);
            if (wanted.Length == 0 || wanted.Any(one => path == one || path.StartsWith(one + "/", StringComparison.Ordinal)))
            {
                entries[path] = entry;
            }
        }

        var findings = new List<Diagnostic>();
        var good = entries.Where(pair => IsFit(pair.Key, pair.Value, findings)).OrderBy(pair => pair.Key, StringComparer.Ordinal).ToArray();
        OutputFile.MakeFolder(folder);
        RequireRoom(good.Select(pair => pair.Key), folder, force);

        // links last: then none of them can stand where a folder is to be
        foreach (var (path, entry) in good.OrderBy(pair => pair.Value.Type == FileType.SymbolicLink))
        {
            WriteOne(files, path, entry, Path.Combine(folder, path));
        }

        // modes at the very end: a folder that may not be written could not be filled
        foreach (var (path, entry) in good.Where(pair => pair.Value.Type == FileType.Directory).Reverse())
        {
            SetMode(Path.Combine(folder, path), entry.Permissions | OwnerMayAll);
        }

        return (good.Length, findings);
    }

    private static bool IsFit(string path, CpioEntry entry, List<Diagnostic> findings)
    {
        if (path is "" or ".")
        {
            return false;
        }

        var isOutside = path.Contains('\0', StringComparison.Ordinal) || path.Split('/').Any(part => part is "" or "." or "..");
        if (isOutside || entry.Type is not (FileType.RegularFile or FileType.Directory or FileType.SymbolicLink))
        {
            findings.Add(new Diagnostic(
                DiagnosticCodes.RamdiskEntryInvalid, isOutside ? DiagnosticSeverity.Error : DiagnosticSeverity.Note,
                $"\"{Printable.Text(path)}\" was not written: "
                + (isOutside ? "its path leads out of the folder" : "it is a device node, a pipe or a socket")));
            return false;
        }

        return true;
    }

    /// <summary>What is in the folder stays unless it is asked for; a link in it is not followed in any case.</summary>
    private static void RequireRoom(IEnumerable<string> paths, string folder, bool force)
    {
        foreach (var path in paths)
        {
            var full = Path.Combine(folder, path);
            var isThere = File.Exists(full) || new FileInfo(full).LinkTarget is not null;
            if (isThere && !force)
            {
                throw new DiagnosticException(Diagnostic.Error(
                    DiagnosticCodes.WouldOverwriteEdits, "the file is there already, and would be written over",
                    "extract into another folder: -o FOLDER; or write over it: --force") with { File = full });
            }

            for (var slash = path.IndexOf('/', StringComparison.Ordinal); slash >= 0; slash = path.IndexOf('/', slash + 1))
            {
                var parent = Path.Combine(folder, path[..slash]);
                if (new FileInfo(parent).LinkTarget is not null)
                {
                    throw new DiagnosticException(Diagnostic.Error(
                        DiagnosticCodes.WouldOverwriteEdits, "a symbolic link stands where a folder is to be",
                            "extract into an empty folder") with
                    { File = parent });
                }
            }
        }
    }

    private static void WriteOne(RamdiskFiles files, string path, CpioEntry entry, string target)
    {
        OutputFile.MakeFolder(entry.Type == FileType.Directory ? target : Path.GetDirectoryName(target)!);
        if (entry.Type == FileType.Directory)
        {
            return;
        }

        if (new FileInfo(target).LinkTarget is not null)
        {
            File.Delete(target);
        }

        if (entry.Type == FileType.RegularFile)
        {
            ReadFiles.Release(target);
            OutputFile.Write(target, files.ContentOf(path));
            SetMode(target, entry.Permissions);
            return;
        }

        try
        {
            File.Delete(target);
            File.CreateSymbolicLink(target, entry.LinkTarget!);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.FileUnreadable, $"the link cannot be made ({exception.GetType().Name})", "choose another folder") with
            { File = target });
        }
    }

    /// <summary>Set-user-id bits are for the device's users, not for the host's.</summary>
    private static void SetMode(string path, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, mode & Permissions);
        }
    }
}
