using KernelBuild.Git.Objects;
using KernelBuild.Git.Repositories;

namespace KernelBuild.Patches.Application;

/// <summary>The source as the patches so far have left it. Only what they touched is in memory.</summary>
internal sealed class SeriesState(SourceTree source, ObjectReader objects)
{
    private readonly Dictionary<string, FileState?> _changed = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Task<byte[]?>> _reading = new(StringComparer.Ordinal);
    private readonly List<TreeEvent> _events = [];

    public SourceTree Source => source;

    /// <summary>What the patches did to paths, in their order.</summary>
    public IReadOnlyList<TreeEvent> Events => _events;

    /// <summary>Begins to read files that will be needed soon.</summary>
    public void Prefetch(IEnumerable<string> paths)
    {
        var wanted = paths.ToArray();
        source.Load(wanted);
        foreach (var path in wanted)
        {
            if (!_changed.ContainsKey(path) && !_reading.ContainsKey(path) && source.Find(path) is { IsFolder: false } entry
                && entry.Mode != FileState.GitLink)
            {
                _reading[path] = objects.ReadAsync(entry.Id);
            }
        }
    }

    /// <summary>Whether something stands at a path now, a folder too.</summary>
    public SourceKind KindOf(string path)
    {
        if (_changed.TryGetValue(path, out var changed))
        {
            return changed is null
                ? SourceKind.Nothing
                : FileState.TypeOf(changed.Mode) == TreeEntry.Symlink ? SourceKind.Link : SourceKind.File;
        }

        return source.Find(path) switch
        {
            null => SourceKind.Nothing,
            { IsFolder: true } => SourceKind.Folder,
            { Mode: TreeEntry.Symlink } => SourceKind.Link,
            _ => SourceKind.File,
        };
    }

    /// <summary>A file as it is now; null when there is none.</summary>
    public FileState? Find(string path)
    {
        if (_changed.TryGetValue(path, out var changed))
        {
            return changed;
        }

        Prefetch([path]);
        if (source.Find(path) is { Mode: FileState.GitLink } link)
        {
            return _changed[path] = FileState.OfLink(link.Id);
        }

        if (!_reading.Remove(path, out var reading) || source.Find(path) is not { } entry)
        {
            return null;
        }

        var content = reading.GetAwaiter().GetResult()
            ?? throw SourceTree.Damaged($"the blob {entry.Id} of {path}");
        return _changed[path] = FileState.OfSource(entry, content);
    }

    /// <summary>A file as the source has it, whatever the patches did; null when there is none.</summary>
    public FileState? FindInSource(string path)
    {
        source.Load([path]);
        return source.Find(path) is { IsFolder: false } entry && entry.Mode != FileState.GitLink && objects.Read(entry.Id) is { } content
            ? FileState.OfSource(entry, content)
            : null;
    }

    /// <summary>Takes over what a patch changed.</summary>
    public void Accept(IReadOnlyDictionary<string, FileState?> changes, IEnumerable<TreeEvent> events)
    {
        foreach (var (path, state) in changes)
        {
            _changed[path] = state;
        }

        _events.AddRange(events);
    }

    /// <summary>Lets go of the content of files that no later patch will ask for.</summary>
    public void Release(IEnumerable<string> paths)
    {
        foreach (var path in paths)
        {
            _reading.Remove(path);
            _changed.GetValueOrDefault(path)?.Release();
        }
    }
}
