using System.Text;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Ramdisks;

/// <summary>The entries of a ramdisk as a tree: checked, parents added, in the one order that the archive has.</summary>
internal sealed class RamdiskTree
{
    private readonly Dictionary<string, RamdiskEntry> _entries = new(StringComparer.Ordinal);
    private readonly List<Diagnostic> _errors = [];

    public RamdiskTree(IEnumerable<RamdiskEntry> entries)
    {
        foreach (var entry in entries)
        {
            if (FindProblem(entry) is { } problem)
            {
                Error(entry.Path, problem, "write the path from the ramdisk's root without a leading slash, such as bin/sh");
            }
            else if (!_entries.TryAdd(entry.Path, entry))
            {
                Error(entry.Path, "it is given twice", "leave one of the two out");
            }
        }

        foreach (var path in _entries.Keys.ToArray())
        {
            AddParents(path);
        }

        if (_errors.Count > 0)
        {
            throw new DiagnosticException(_errors);
        }
    }

    /// <summary>Sorted by the bytes of their paths: a parent comes before its children, and no locale or file system has a say.</summary>
    public IReadOnlyList<(byte[] Name, RamdiskEntry Entry)> Sorted()
    {
        var sorted = _entries.Values.Select(entry => (Name: Encoding.UTF8.GetBytes(entry.Path), Entry: entry)).ToArray();
        Array.Sort(sorted, (a, b) => a.Name.AsSpan().SequenceCompareTo(b.Name));
        return sorted;
    }

    /// <summary>2 (its entry and ".") plus one for each directory in it (its "..") for directories; 1 for all else.</summary>
    public Dictionary<string, uint> LinkCounts()
    {
        var counts = _entries.ToDictionary(
            pair => pair.Key, pair => pair.Value.Type == FileType.Directory ? 2u : 1u, StringComparer.Ordinal);
        foreach (var entry in _entries.Values)
        {
            if (entry.Type == FileType.Directory && Parent(entry.Path) is { } parent)
            {
                counts[parent]++;
            }
        }

        return counts;
    }

    private void AddParents(string path)
    {
        for (var parent = Parent(path); parent is not null; parent = Parent(parent))
        {
            if (_entries.TryGetValue(parent, out var existing))
            {
                if (existing.Type != FileType.Directory)
                {
                    Error(path, $"it lies under {parent}, which is no directory", $"remove {parent}, or make it a directory");
                }

                return;
            }

            _entries.Add(parent, RamdiskEntry.Directory(parent));
        }
    }

    private static string? Parent(string path)
    {
        var slash = path.LastIndexOf('/');
        return slash < 0 ? null : path[..slash];
    }

    private static string? FindProblem(RamdiskEntry entry)
    {
        var path = entry.Path;
        if (path.Length == 0)
        {
            return "its path is empty";
        }

        if (path.StartsWith('/'))
        {
            return "its path is absolute";
        }

        if (path.Contains('\0', StringComparison.Ordinal))
        {
            return "its path contains a NUL";
        }

        if (path.Split('/').Any(segment => segment is "" or "." or ".."))
        {
            return "its path has an empty, \".\" or \"..\" part";
        }

        if (path == CpioFormat.Trailer)
        {
            return "its name is the end-of-archive marker";
        }

        if (Encoding.UTF8.GetByteCount(path) >= CpioFormat.LongestName)
        {
            return $"its path has {CpioFormat.LongestName} bytes or more, and the kernel skips such entries";
        }

        return entry.Type == FileType.SymbolicLink
            && (entry.Data.IsEmpty || entry.Data.Length >= CpioFormat.LongestName || entry.Data.Span.Contains((byte)0))
            ? $"its target is empty, contains a NUL or has {CpioFormat.LongestName} bytes or more"
            : null;
    }

    private void Error(string path, string problem, string fix) =>
        _errors.Add(Diagnostic.Error(
            DiagnosticCodes.RamdiskEntryInvalid, $"ramdisk entry \"{path.Replace("\0", "\\0", StringComparison.Ordinal)}\": {problem}",
            fix));
}
