using System.Text;
using KernelBuild.Git.Objects;
using KernelBuild.Host.Files;

namespace KernelBuild.Fetch;

/// <summary>
/// The paths of a tree that is being imported, and the folder that is filled with it. A path that comes again replaces what was there
/// where GNU tar replaces it too, but never is anything written through a link.
/// </summary>
/// <param name="filled">The folder, empty at first; null for none.</param>
/// <param name="drain">Waits for files that are still being written.</param>
internal sealed class SourceTree(RawFolder? filled, Action drain)
{
    private readonly Dictionary<string, SourceFile> _files = new(StringComparer.Ordinal);

    /// <summary>Folders, each with the number of entries in it.</summary>
    private readonly Dictionary<string, int> _folders = new(StringComparer.Ordinal) { [""] = 0 };

    public IReadOnlyDictionary<string, SourceFile> Files => _files;

    /// <summary>Takes the place for a file; it is written with <see cref="Write"/>.</summary>
    /// <returns>What speaks against it; null when nothing does.</returns>
    public string? Place(string path, SourceFile file)
    {
        if (path.Length == 0)
        {
            return "is a file in the place of the root";
        }

        if (_files.ContainsKey(path))
        {
            Remove(path);
        }
        else if (_folders.TryGetValue(path, out var count))
        {
            if (count > 0)
            {
                return "is a file, and also a folder with files in it";
            }

            _folders.Remove(path);
            filled?.RemoveFolder(path);
        }
        else if (MakeParent(path) is { } problem)
        {
            return problem;
        }

        _files[path] = file;
        return null;
    }

    /// <summary>A folder that the archive names.</summary>
    /// <returns>What speaks against it; null when nothing does.</returns>
    public string? MakeFolder(string path)
    {
        if (_folders.ContainsKey(path))
        {
            return null;
        }

        if (_files.ContainsKey(path))
        {
            Remove(path);
            _files.Remove(path);
        }
        else if (MakeParent(path) is { } problem)
        {
            return problem;
        }

        _folders.Add(path, 0);
        filled?.MakeFolder(path);
        return null;
    }

    /// <summary>Another name of a file that is there.</summary>
    /// <returns>What speaks against it; null when nothing does.</returns>
    public string? Link(string path, string target)
    {
        var file = _files[target];
        if (path == target)
        {
            return null;
        }

        drain();
        // a copy, since an edit of one file must not change another; of a link, another link: a copy would be of what it points to,
        // which may be any file of this machine
        var content = filled is null || file.Mode == TreeEntry.Symlink ? file.Content : filled.ReadFile(target);
        if (Place(path, file) is { } problem)
        {
            return problem;
        }

        Write(path, file.Mode, content.Span);
        return null;
    }

    /// <summary>Writes a file whose place was taken. Safe to call from several threads.</summary>
    public void Write(string path, uint mode, ReadOnlySpan<byte> content)
    {
        if (mode == TreeEntry.Symlink)
        {
            filled?.WriteLink(path, Encoding.Latin1.GetString(content));
        }
        else
        {
            filled?.WriteFile(path, mode == TreeEntry.Executable, content);
        }
    }

    private void Remove(string path)
    {
        drain();
        filled?.RemoveFile(path);
    }

    private string? MakeParent(string path)
    {
        var slash = path.LastIndexOf('/');
        var parent = slash < 0 ? "" : path[..slash];
        if (_folders.TryGetValue(parent, out var count))
        {
            _folders[parent] = count + 1;
            return null;
        }

        // a symbolic link followed by files "inside" it would write wherever the link points
        if (_files.ContainsKey(parent))
        {
            return $"lies in '{RawFolder.Text(parent)}', which is a file or link";
        }

        if (MakeFolder(parent) is { } problem)
        {
            return problem;
        }

        _folders[parent]++;
        return null;
    }
}
