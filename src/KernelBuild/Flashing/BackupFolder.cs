using System.Globalization;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Reporting;

namespace KernelBuild.Flashing;

/// <summary>
/// kernels/DEVICE/backup: what was read off devices, the user's only copy. It stands in the project, where neither Clean nor a new build
/// takes it away; git does not see it, so that <c>git clean</c> and <c>git add</c> pass it by. No file in it is ever replaced.
/// </summary>
public sealed record BackupFolder(string Path)
{
    public const string Name = "backup";

    private const string Sessions = "flash";

    /// <param name="projectFile">The device project.</param>
    public static BackupFolder Of(string projectFile) => new(System.IO.Path.Combine(System.IO.Path.GetDirectoryName(projectFile)!, Name));

    /// <summary>The sessions of a device, the oldest first.</summary>
    /// <exception cref="DiagnosticException">KB9029 for one whose journal cannot be read: what it says is not guessed.</exception>
    public IReadOnlyList<FlashJournal> SessionsOf(string product, string serialNumber)
    {
        var folder = FolderOf(product, serialNumber);
        return Directory.Exists(folder) ? [.. SessionsIn(folder)] : [];
    }

    /// <summary>
    /// The last session of a device that was not taken back, of whatever product it called itself; null when there is none.
    /// </summary>
    /// <exception cref="DiagnosticException">KB9029, as above.</exception>
    public FlashJournal? LastOf(string serialNumber)
    {
        var flashes = System.IO.Path.Combine(Path, Sessions);
        return serialNumber.Length == 0 || !Directory.Exists(flashes) ? null : Directory.EnumerateDirectories(flashes)
            .Where(folder => System.IO.Path.GetFileName(folder).EndsWith("-" + Cleaned(serialNumber), StringComparison.Ordinal))
            .SelectMany(SessionsIn)
            .Where(session => session.Header.SerialNumber == serialNumber && session is { IsRolledBack: false, Entries.Length: > 0 })
            .MaxBy(session => session.Entries[^1].Time);
    }

    /// <summary>Begins a session: a folder of its own with a journal in it.</summary>
    public FlashJournal Begin(JournalHeader header)
    {
        Prepare();
        var folder = FolderOf(header.Product, header.SerialNumber);
        for (var number = 1; ; number++)
        {
            var session = System.IO.Path.Combine(folder, number.ToString("0000", CultureInfo.InvariantCulture));
            if (!Directory.Exists(session))
            {
                Directory.CreateDirectory(session);
                var journal = new FlashJournal(session, header, []);
                journal.Save();
                return journal;
            }
        }
    }

    /// <summary>Makes the folder, and keeps git away from it.</summary>
    public void Prepare()
    {
        Directory.CreateDirectory(Path);
        var ignore = System.IO.Path.Combine(Path, ".gitignore");
        if (!File.Exists(ignore))
        {
            Host.Files.AtomicFile.Write(ignore, "# firmware of the device's maker\n*\n");
        }
    }

    /// <summary>
    /// Gives pulled images their place. What is there already is kept: equal content, or another name.
    /// </summary>
    /// <param name="partial">In a folder below this one.</param>
    /// <param name="system">What the images are of, which names the folder; empty when that is not known.</param>
    internal PulledImages Keep(PulledImages partial, string system, IBuildLog log)
    {
        partial.Save();
        var name = Cleaned(system.Length > 0 ? system : "unknown-build");
        for (var number = 1; ; number++)
        {
            var folder = System.IO.Path.Combine(Path, number == 1 ? name : string.Create(CultureInfo.InvariantCulture, $"{name}.{number}"));
            if (!Directory.Exists(folder))
            {
                Directory.Move(partial.Folder, folder);
                return partial with { Folder = folder };
            }

            if (PulledImages.Of(this).FirstOrDefault(one => one.Folder == folder) is { } there && there.Holds(partial))
            {
                log.Status($"the same images are there already: {folder}");
                return there;
            }
        }
    }

    /// <summary>A name for a file system: what is no letter, digit, dot or dash becomes an underscore.</summary>
    public static string Cleaned(string name)
    {
        var cleaned = string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' ? c : '_'));
        return cleaned.Trim('.').Length == 0 ? "unnamed" : cleaned;
    }

    private static IEnumerable<FlashJournal> SessionsIn(string folder) => Directory.EnumerateDirectories(folder)
        .Order(StringComparer.Ordinal)
        .Where(session => File.Exists(System.IO.Path.Combine(session, FlashJournal.FileName)))
        .Select(FlashJournal.Load);

    private string FolderOf(string product, string serialNumber) => System.IO.Path.Combine(
        Path, Sessions, Cleaned(serialNumber.Length > 0 ? $"{product}-{serialNumber}" : product));
}
