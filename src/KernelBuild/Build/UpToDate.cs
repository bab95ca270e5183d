using System.Collections;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using KernelBuild.Host.Files;
using KernelBuild.Host.Processes;

namespace KernelBuild.Build;

/// <summary>
/// Everything that the last good build depended on, so that a build with nothing to do says so without starting MSBuild or
/// make. Whatever is not certain counts as changed: then the stages decide by their keys, which costs seconds, never a
/// wrong answer. The file is gone while a build runs and after one that failed.
/// </summary>
/// <remarks>
/// Lines of a kind and fields between tabs. F path stamp sha256: a file, same when its stamp or its content is. B path stamp:
/// a large file, same when its stamp is. A path: nothing there. X path: something there. D path digest: the names below a folder; N: in a folder. T path stamp: a tree, same when the stamps of all that is in it are. P program path:
/// where a program is found. E digest: the environment. V id: this program. The last line is "end".
/// </remarks>
public sealed class UpToDate
{
    private const long HashedUpTo = 4 << 20;

    /// <summary>The last line: without it a record that was cut short would claim that nothing has changed.</summary>
    private const string End = "end";

    /// <summary>Set anew by every shell and terminal; nothing that a build reads.</summary>
    private static readonly string[] _volatile =
    [
        "_", "PWD", "OLDPWD", "SHLVL", "COLUMNS", "LINES", "TERM", "COLORTERM", "TERM_PROGRAM", "TERM_SESSION_ID", "WINDOWID", "SSH_TTY",
        "SSH_CLIENT",
        "SSH_CONNECTION", "TMUX", "TMUX_PANE", "STY", "WINDOW", "XDG_SESSION_ID", "INVOCATION_ID", "JOURNAL_STREAM", "HISTCMD", "RANDOM",
        "PS1",
    ];

    private readonly StringBuilder _lines = new();
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);

    private readonly long _began;

    /// <param name="began">When the build began. An input that changed later may have been read before or after its change.</param>
    public UpToDate(DateTime began)
    {
        _began = Nanoseconds(began);
        Line("V", Self());
        Line("E", EnvironmentDigest());
    }

    /// <summary>Whether an input changed while the build ran: then there is no record, and the next build looks for itself.</summary>
    public bool ChangedMeanwhile { get; private set; }

    /// <summary>Adds a file that the build read, or the fact that there was none.</summary>
    public UpToDate AddInput(string path)
    {
        // read first, then asked for its time: an edit in between must not go unseen
        AddFile(path);
        ChangedMeanwhile |= ChangedSince(path, _began);
        return this;
    }

    /// <summary>Adds a file of the toolchain, which this very build may have installed before it used it.</summary>
    public UpToDate AddTool(string path, DateTime ready)
    {
        AddFile(path);
        ChangedMeanwhile |= ChangedSince(path, Nanoseconds(ready));
        return this;
    }

    /// <summary>Adds a file that the build made.</summary>
    public UpToDate AddOutput(string path) => AddFile(path);

    /// <summary>Adds a file that has to be there, whatever is in it.</summary>
    public UpToDate AddPresence(string path)
    {
        if (_seen.Add(path))
        {
            Line("X", path);
        }

        return this;
    }

    private UpToDate AddFile(string path)
    {
        if (!_seen.Add(path))
        {
            return this;
        }

        if (FileStamp.Of(path, followLinks: true) is not { IsDirectory: false } stamp)
        {
            Line("A", path);
        }
        else if (stamp.Size <= HashedUpTo)
        {
            Line("F", path, stamp.ToString(), Sha256Digest.OfFile(path).ToString());
        }
        else
        {
            Line("B", path, stamp.ToString());
        }

        return this;
    }

    /// <summary>Adds the names of what is in a folder, or of all that is below it: a pattern may find more next time.</summary>
    public UpToDate AddFolder(string path, bool recursive = true)
    {
        if (_seen.Add(path + (recursive ? "/**" : "/*")))
        {
            Line(recursive ? "D" : "N", path, FolderDigest(path, recursive));
        }

        return this;
    }

    /// <summary>Adds everything below a folder that has too many files to read them: a kernel's source that is built as it stands.</summary>
    public UpToDate AddTree(string path)
    {
        if (_seen.Add(path + "/***"))
        {
            var stamp = TreeStamp.Of(path);
            Line("T", path, stamp?.Stamp ?? "");
            ChangedMeanwhile |= stamp is not { } read || read.LatestChange >= _began;
        }

        return this;
    }

    /// <summary>Adds where a program is found; another one earlier on PATH is a change.</summary>
    /// <param name="ready">When the toolchain was complete.</param>
    public UpToDate AddProgram(string program, string searchPath, DateTime ready)
    {
        var path = ProgramPath.Find(program, searchPath) ?? "";
        Line("P", program, searchPath, path);
        return path.Length > 0 ? AddTool(path, ready) : this;
    }

    public void Save(string path) => AtomicFile.Write(path, _lines + End + "\n");

    /// <summary>What has changed since the record was written; null when nothing has.</summary>
    public static string? Changed(string path)
    {
        if (!File.Exists(path))
        {
            return "no record of a finished build";
        }

        var complete = false;
        foreach (var line in File.ReadLines(path))
        {
            var fields = line.Split('\t');
            complete = fields is [End];
            var same = fields switch
            {
                [End] => true,
                ["V", var id] => id == Self(),
                ["E", var digest] => digest == EnvironmentDigest(),
                ["X", var file] => File.Exists(file),
                ["A", var file] => FileStamp.Of(file, followLinks: true) is null,
                ["F", var file, var was, var digest] => FileStamp.Of(file, followLinks: true) is { IsDirectory: false } stamp
                    && (stamp.ToString() == was || (stamp.Size <= HashedUpTo && Sha256Digest.OfFile(file).ToString() == digest)),
                ["B", var file, var was] => FileStamp.Of(file, followLinks: true)?.ToString() == was,
                ["D", var folder, var digest] => FolderDigest(folder) == digest,
                ["N", var folder, var digest] => FolderDigest(folder, recursive: false) == digest,
                ["T", var folder, var was] => TreeStamp.Of(folder)?.Stamp == was,
                ["P", var program, var searchPath, var found] => (ProgramPath.Find(program, searchPath) ?? "") == found,
                _ => false,
            };
            if (!same)
            {
                return fields[0] switch
                {
                    "V" => "KernelBuild itself",
                    "E" => "the environment",
                    "P" when fields.Length > 1 => $"where {fields[1]} is found",
                    _ => fields.Length > 1 ? fields[1] : "the record of the last build",
                };
            }
        }

        return complete ? null : "the record of the last build";
    }

    private void Line(params string[] fields) => _lines.AppendJoin('\t', fields.Select(field => field.Replace('\n', ' '))).Append('\n');

    /// <summary>kernels/DEVICE/backup and kernels/DEVICE/DEVICE.capture, which targets for the device write.</summary>
    private static bool IsBackup(ReadOnlySpan<char> entry) =>
        entry is "/backup" || entry.StartsWith("/backup/", StringComparison.Ordinal) || entry.EndsWith(".capture", StringComparison.Ordinal);

    private static bool ChangedSince(string path, long time) =>
        FileStamp.Of(path, followLinks: true) is { } stamp && stamp.ChangeTime >= time;

    /// <summary>Since the epoch, a little earlier: the file system's clock ticks every few milliseconds only.</summary>
    private static long Nanoseconds(DateTime time) => ((time.ToUniversalTime() - DateTime.UnixEpoch).Ticks * 100) - 20_000_000;

    private static string Self() => typeof(UpToDate).Assembly.ManifestModule.ModuleVersionId.ToString("n");

    private static string EnvironmentDigest()
    {
        var text = new StringBuilder();
        foreach (DictionaryEntry entry in new SortedList(Environment.GetEnvironmentVariables(), StringComparer.Ordinal))
        {
            if (!_volatile.Contains((string)entry.Key))
            {
                text.Append(CultureInfo.InvariantCulture, $"{entry.Key}={entry.Value}\0");
            }
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    /// <summary>
    /// Names and kinds of all that is below a folder. Lock files are ours: a build may write them. Backups of a device are no input; one that
    /// the project names as a stock image is asked for by its own name.
    /// </summary>
    public static string FolderDigest(string folder, bool recursive = true)
    {
        if (!Directory.Exists(folder))
        {
            return "absent";
        }

        var everything = new EnumerationOptions
        {
            RecurseSubdirectories = recursive,
            IgnoreInaccessible = true,
            AttributesToSkip = FileAttributes.None,
        };
        var names = Directory.EnumerateFileSystemEntries(folder, "*", everything)
            .Where(entry => !entry.EndsWith(".lock.json", StringComparison.Ordinal) && !IsBackup(entry.AsSpan(folder.Length)))
            .Select(entry => entry[folder.Length..] + ((FileStamp.Of(entry)?.Mode ?? 0) & 0xf040).ToString(CultureInfo.InvariantCulture))
            .Order(StringComparer.Ordinal);
        return Sha256Digest.Of(string.Join('\0', names)).ToString();
    }
}
