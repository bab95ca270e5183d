using System.Text;
using KernelBuild.BootImages.Layout;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Ramdisks;

/// <summary>
/// The files of a whole ramdisk, over all of its streams: what the kernel has when it has unpacked all, and changes of it that leave
/// everything else in its place.
/// </summary>
public sealed class RamdiskFiles
{
    private readonly CpioDocument[] _documents;
    private readonly HashSet<int> _changed = [];

    private RamdiskFiles(RamdiskSegments segments)
    {
        Segments = segments;
        _documents = [.. segments.Segments.Select(segment => CpioDocument.Read(segment.Content))];
    }

    /// <summary>The ramdisk as it was read.</summary>
    public RamdiskSegments Segments { get; }

    /// <summary>All entries, those that a later one replaces included.</summary>
    public IEnumerable<CpioEntry> Entries => _documents.SelectMany(document => document.Entries);

    /// <exception cref="DiagnosticException">KB5011 to KB5013: what cannot be read.</exception>
    public static RamdiskFiles Read(ReadOnlyMemory<byte> ramdisk) => new(RamdiskSegments.Read(ramdisk));

    /// <summary>What counts of a path; null when there is nothing.</summary>
    public CpioEntry? Find(string path) => Entries.LastOrDefault(entry => CpioDocument.PathOf(entry) == path);

    /// <summary>The content of a file.</summary>
    /// <exception cref="DiagnosticException">KB5009: no such file.</exception>
    public ReadOnlyMemory<byte> ContentOf(string path)
    {
        var entry = Require(path);
        return entry.Type == FileType.RegularFile
            ? _documents[HolderOf(entry)].ContentOf(entry)
            : throw Error($"\"{HeaderText.Printable(path)}\" is no file", "kernelbuild boot ramdisk ls shows what it is");
    }

    /// <summary>Adds or replaces an entry, and adds folders above it that are missing.</summary>
    /// <exception cref="DiagnosticException">KB5009: no path of a ramdisk, or below something that is no folder.</exception>
    public void Put(string path, FileType type, UnixFileMode? permissions, ReadOnlyMemory<byte> data, (uint User, uint Group)? owner = null)
    {
        CheckPath(path);
        if (Find(path) is { Type: FileType.Directory } && type != FileType.Directory && Entries.Any(entry => IsBelow(entry, path)))
        {
            throw Error($"\"{HeaderText.Printable(path)}\" is a folder with files", "remove it first: kernelbuild boot ramdisk rm -r");
        }

        if (type == FileType.Directory && Find(path) is { } there && there.Type != FileType.Directory)
        {
            throw Error($"\"{HeaderText.Printable(path)}\" is there, and is no folder", "remove it first: kernelbuild boot ramdisk rm");
        }

        AddParents(path);
        Change(Find(path) is { } old ? HolderOf(old) : _documents.Length - 1).Put(path, type, permissions, data, owner);
    }

    /// <summary>Removes a path, and with <paramref name="recursive"/> what lies below it.</summary>
    /// <exception cref="DiagnosticException">KB5009: no such path, or a folder with files.</exception>
    public void Remove(string path, bool recursive)
    {
        Require(path);
        var below = Entries.Where(entry => IsBelow(entry, path)).Select(CpioDocument.PathOf).Distinct(StringComparer.Ordinal).ToArray();
        if (below.Length > 0 && !recursive)
        {
            throw Error($"\"{HeaderText.Printable(path)}\" is a folder with {below.Length} entries", "remove them too: -r");
        }

        foreach (var one in below.Append(path))
        {
            for (var i = 0; i < _documents.Length; i++)
            {
                if (_documents[i].Find(one) is not null)
                {
                    Change(i).Remove(one);
                }
            }
        }
    }

    /// <summary>Gives a path, and what lies below it, another name; in place, so that the order stays.</summary>
    /// <exception cref="DiagnosticException">KB5009: no such path, the new one is taken, or is below the old one.</exception>
    public void Move(string path, string target)
    {
        CheckPath(target);
        Require(path);
        if (Find(target) is not null || target.StartsWith(path + "/", StringComparison.Ordinal))
        {
            throw Error(
                $"\"{HeaderText.Printable(target)}\" {(Find(target) is null ? "lies below what is to be moved" : "is there already")}",
                "remove it first: kernelbuild boot ramdisk rm; or choose another name");
        }

        AddParents(target);
        for (var i = 0; i < _documents.Length; i++)
        {
            foreach (var entry in _documents[i].Entries.ToArray())
            {
                var old = CpioDocument.PathOf(entry);
                if (old == path || IsBelow(entry, path))
                {
                    Change(i).Rename(entry, target + old[path.Length..]);
                }
            }
        }

        RequireOrder(target);
    }

    /// <summary>Changes the permissions of a path.</summary>
    /// <exception cref="DiagnosticException">KB5009: no such path, or a symbolic link, which has none.</exception>
    public void SetPermissions(string path, UnixFileMode permissions)
    {
        var entry = Require(path);
        if (entry.Type == FileType.SymbolicLink)
        {
            throw Error($"\"{HeaderText.Printable(path)}\" is a symbolic link, whose mode counts for nothing", "name the file at its end");
        }

        Change(HolderOf(entry)).SetPermissions(entry, permissions);
    }

    /// <summary>The ramdisk; streams in which nothing was changed keep their bytes.</summary>
    /// <exception cref="DiagnosticException">KB5009 or KB5013.</exception>
    public ReadOnlyMemory<byte> Stored()
    {
        var ramdisk = Segments;
        foreach (var i in _changed.Order())
        {
            ramdisk = RamdiskSegments.Read(ramdisk.With(i, _documents[i].ToArray()));
        }

        return ramdisk.Bytes;
    }

    private CpioEntry Require(string path) => Find(path)
        ?? throw Error($"the ramdisk has no \"{HeaderText.Printable(path)}\"", "kernelbuild boot ramdisk ls shows what it has");

    private int HolderOf(CpioEntry entry) =>
        Array.FindIndex(_documents, document => document.Entries.Any(one => ReferenceEquals(one, entry)));

    private CpioDocument Change(int index)
    {
        _changed.Add(index);
        return _documents[index];
    }

    /// <summary>The kernel makes no folders by itself: what has none above it is not unpacked.</summary>
    private void AddParents(string path)
    {
        for (var slash = path.IndexOf('/', StringComparison.Ordinal); slash >= 0; slash = path.IndexOf('/', slash + 1))
        {
            var parent = path[..slash];
            switch (Find(parent))
            {
                case null:
                    Change(_documents.Length - 1).Put(parent, FileType.Directory, null, default);
                    break;
                case { Type: not (FileType.Directory or FileType.SymbolicLink) }:
                    throw Error($"\"{HeaderText.Printable(parent)}\" is no folder", "choose another path");
            }
        }
    }

    /// <summary>The kernel takes entries as they come: one whose folder comes later has no place.</summary>
    private void RequireOrder(string target)
    {
        var slash = target.LastIndexOf('/');
        if (slash < 0)
        {
            return;
        }

        var all = Entries.ToList();
        var parent = all.FindIndex(entry => CpioDocument.PathOf(entry) == target[..slash]);
        foreach (var entry in all.Take(parent).Where(entry => CpioDocument.PathOf(entry) == target || IsBelow(entry, target)))
        {
            var piece = Change(HolderOf(entry)).Detach(entry);
            Change(_documents.Length - 1).Attach(piece);
        }
    }

    private static bool IsBelow(CpioEntry entry, string path) =>
        CpioDocument.PathOf(entry).StartsWith(path + "/", StringComparison.Ordinal);

    private static void CheckPath(string path)
    {
        if (path.Length == 0 || path.StartsWith('/') || path == CpioFormat.Trailer || path.Contains('\0', StringComparison.Ordinal)
            || path.Split('/').Any(part => part is "" or "." or "..") || Encoding.UTF8.GetByteCount(path) >= CpioFormat.LongestName)
        {
            throw Error($"\"{HeaderText.Printable(path)}\" is no path of a ramdisk",
                "write it from the root without a slash in front, such as bin/sh");
        }
    }

    private static DiagnosticException Error(string message, string fix) =>
        new(Diagnostic.Error(DiagnosticCodes.RamdiskEntryInvalid, message, fix));
}
