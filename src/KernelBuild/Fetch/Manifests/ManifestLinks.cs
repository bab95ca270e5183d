using System.Text;
using KernelBuild.Git.Objects;
using KernelBuild.Git.Repositories;
using KernelBuild.Host.Reporting;

namespace KernelBuild.Fetch.Manifests;

/// <summary>
/// The files that copyfile and linkfile make, by repo's rules (project.py, _CopyFile and _LinkFile): what repo refuses is KB1024, what
/// it only prints an error for is KB1025 and left out.
/// </summary>
/// <param name="tree">Of all projects in their folders.</param>
internal sealed class ManifestLinks(GitStore store, GitObjectId tree, IBuildLog log)
{
    private readonly Dictionary<string, StoredEntry> _made = new(StringComparer.Ordinal);
    private bool _isLast;
    private IReadOnlyDictionary<string, StoredEntry> _there = new Dictionary<string, StoredEntry>(StringComparer.Ordinal);

    /// <param name="projects">By path: in that order repo makes them, and the last of one name stays.</param>
    public async Task<IReadOnlyCollection<StoredEntry>> MakeAsync(
        IReadOnlyList<ManifestProject> projects, CancellationToken cancellationToken)
    {
        _there = await StoredEntry.FindAsync(
            store, tree, [.. projects.SelectMany(project => project.Copies.Concat(project.Links)).SelectMany(Ways)], cancellationToken);
        var folders = projects.Select(project => project.Folder).ToHashSet(StringComparer.Ordinal);
        // repo makes them after each checkout, the outer before the inner, and again when all are there
        await MakeAllAsync(projects.OrderBy(project => Depth(project, folders)), cancellationToken);
        _isLast = true;
        await MakeAllAsync(projects, cancellationToken);
        return _made.Values;
    }

    private async Task MakeAllAsync(IEnumerable<ManifestProject> projects, CancellationToken cancellationToken)
    {
        foreach (var project in projects)
        {
            foreach (var file in project.Copies)
            {
                Copy(file);
            }

            foreach (var file in project.Links)
            {
                await LinkAsync(file, cancellationToken);
            }
        }
    }

    /// <summary>How many projects it stands in.</summary>
    private static int Depth(ManifestProject project, HashSet<string> folders) =>
        (project.Folder.Length == 0 ? [] : ManifestPath.Above(project.Folder).Prepend("")).Count(folders.Contains);

    private static IEnumerable<string> Ways(ManifestFile file)
    {
        var source = ManifestPath.Join(file.Folder, ManifestPath.Tidy(file.Source));
        var destination = ManifestPath.Tidy(file.Destination);
        return [.. ManifestPath.Above(source), source, .. ManifestPath.Above(destination), destination];
    }

    private void Copy(ManifestFile file)
    {
        var source = ManifestPath.Join(file.Folder, ManifestPath.Tidy(file.Source));
        var destination = ManifestPath.Tidy(file.Destination);
        RequireNoLink(file, ManifestPath.Above(source).Append(source));
        RequireNoLink(file, ManifestPath.Above(destination).Append(destination));
        var found = At(source);
        if (IsFolder(source, found))
        {
            throw file.Place.Fault($"<copyfile> copies a file, and '{source}' is a folder");
        }

        if (IsFolder(destination, At(destination)))
        {
            throw file.Place.Fault($"<copyfile> makes a file, and '{destination}' is a folder");
        }

        if (found is null)
        {
            NotMade(file, $"'{destination}' is left out: there is no '{source}' to copy");
        }
        else if (MayStand(file, destination))
        {
            _made[destination] = found with { Path = destination };
        }
    }

    private async Task LinkAsync(ManifestFile file, CancellationToken cancellationToken)
    {
        var destination = ManifestPath.Tidy(file.Destination);
        if (NamePattern.IsOne(file.Source))
        {
            await LinkAllAsync(file, destination, cancellationToken);
            return;
        }

        var source = ManifestPath.Tidy(file.Source);
        RequireNoLink(file, ManifestPath.Above(source).Append(source).Where(path => path.Length > 0)
            .Select(path => ManifestPath.Join(file.Folder, path)));
        RequireNoLink(file, ManifestPath.Above(destination));
        await LinkAsync(file, ManifestPath.Join(file.Folder, source), destination, cancellationToken);
    }

    /// <summary>A pattern: a link in the folder for each file that it names.</summary>
    private async Task LinkAllAsync(ManifestFile file, string destination, CancellationToken cancellationToken)
    {
        RequireNoLink(file, ManifestPath.Above(destination).Append(destination));
        if (At(destination) is { IsFolder: false, IsRepository: false })
        {
            NotMade(file, $"'{file.Source}' is a pattern, and '{destination}' is no folder for its links");
            return;
        }

        IReadOnlyList<string> found = [file.Folder];
        foreach (var part in ManifestPath.Tidy(file.Source).Split('/'))
        {
            var next = new List<string>();
            foreach (var folder in found)
            {
                var entries = await StoredEntry.InAsync(store, tree, folder, cancellationToken);
                next.AddRange(entries
                    .Where(entry => NamePattern.Matches(part, entry.Path))
                    .Select(entry => ManifestPath.Join(folder, entry.Path)));
            }

            found = next;
        }

        foreach (var path in found)
        {
            await LinkAsync(file, path, ManifestPath.Join(destination, path[(path.LastIndexOf('/') + 1)..]), cancellationToken);
        }
    }

    private async Task LinkAsync(ManifestFile file, string source, string destination, CancellationToken cancellationToken)
    {
        if (MayStand(file, destination) && MayReplace(file, destination))
        {
            var target = ManifestPath.Relative(source, ManifestPath.FolderOf(destination));
            var text = await (store.Git("hash-object", "-w", "--stdin") with
            {
                InputProducer = async (stream, token) => await stream.WriteAsync(Encoding.UTF8.GetBytes(target), token),
            }).ReadAsync(cancellationToken);
            _made[destination] = new StoredEntry(StoredEntry.LinkMode, GitObjectId.Parse(text), destination);
        }
    }

    /// <summary>A link takes the place of another one, and of nothing else.</summary>
    private bool MayReplace(ManifestFile file, string destination)
    {
        var present = At(destination);
        if (present is { IsLink: false, IsRepository: false } || IsFolder(destination, present))
        {
            NotMade(file, $"the link '{destination}' is left out: a {(IsFolder(destination, present) ? "folder" : "file")} stands there");
            return false;
        }

        return true;
    }

    private bool MayStand(ManifestFile file, string destination)
    {
        if (ManifestPath.Above(destination).FirstOrDefault(above => At(above) is { IsFolder: false, IsRepository: false }) is not { } above)
        {
            return true;
        }

        NotMade(file, $"'{destination}' is left out: '{above}' is a file");
        return false;
    }

    /// <summary>A link on the way could lead anywhere.</summary>
    private void RequireNoLink(ManifestFile file, IEnumerable<string> paths)
    {
        if (paths.FirstOrDefault(path => At(path) is { IsLink: true }) is { } link)
        {
            throw file.Place.Fault($"'{file.Source}' for '{file.Destination}' leads over the symbolic link '{link}'");
        }
    }

    private void NotMade(ManifestFile file, string what)
    {
        if (_isLast)
        {
            log.Report(file.Place.NotMade(what));
        }
    }

    private StoredEntry? At(string path) => _made.GetValueOrDefault(path) ?? _there.GetValueOrDefault(path);

    private bool IsFolder(string path, StoredEntry? entry) =>
        entry is { IsFolder: true } || (entry is null && _made.Keys.Any(made => made.StartsWith(path + "/", StringComparison.Ordinal)));
}
