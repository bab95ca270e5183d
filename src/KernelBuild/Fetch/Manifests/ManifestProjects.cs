using System.Collections.Immutable;

namespace KernelBuild.Fetch.Manifests;

/// <summary>The projects of a manifest while its elements add, change and remove them in their order.</summary>
internal sealed class ManifestProjects(ManifestRemotes remotes, ManifestDefault defaults)
{
    private const int DeepestNesting = 32;

    private readonly OrderedDictionary<string, ManifestProject> _byPath = new(StringComparer.Ordinal);

    private readonly Dictionary<string, ManifestProject> _byFolder = new(StringComparer.Ordinal);

    // a name stays known when its projects were removed by their paths
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    private int _lastId;

    public ImmutableArray<ManifestProject> All => [.. _byPath.Values];

    public bool Has(string name) => _names.Contains(name);

    public void Add(ManifestNode node) => Add(node, null, depth: 0);

    private void Add(ManifestNode node, ManifestProject? parent, int depth)
    {
        if (depth > DeepestNesting)
        {
            throw node.Place.Fault($"projects are nested more than {DeepestNesting} deep");
        }

        var project = Read(node, parent);
        if (_byFolder.TryGetValue(project.Folder, out var other))
        {
            throw node.Place.Fault(
                $"the projects '{other.Name}' ({other.Place.File}, line {other.Place.Line}) "
                    + $"and '{project.Name}' have one path, '{project.Path}'");
        }

        _byPath.Add(project.Path, project);
        _byFolder.Add(project.Folder, project);
        _names.Add(project.Name);
        foreach (var child in node.Children.Where(child => child.Name == "project"))
        {
            Add(child, project, depth + 1);
        }
    }

    private ManifestProject Read(ManifestNode node, ManifestProject? parent)
    {
        var name = node.Required("name");
        ManifestPath.Require(node, "name", name, mayBeFolder: true);
        name = parent is null ? name : parent.Name + "/" + name;
        var remote = remotes.Named(node) ?? defaults.Remote ?? throw node.Place.Fault($"the project '{name}' has no remote");
        // what an include says of the revision stands in the place of the project's own, also where it is nested no deeper
        var own = node.Element.Attribute("revision") is null && parent is null ? node.Revision : node.Text("revision");
        var revision = own ?? remote.Revision ?? defaults.Revision ?? throw node.Place.Fault($"the project '{name}' has no revision");
        var path = name;
        if (node.Text("path") is { } written)
        {
            ManifestPath.Require(node, "path", written, mayBeFolder: true, mayBeDot: true);
            path = written;
        }

        path = path.TrimEnd('/');
        path = parent is null ? path : ManifestPath.Join(parent.Path, path);
        return new ManifestProject(name, path, remote, revision, node.Place)
        {
            Id = ++_lastId,
            Parent = parent?.Id,
            Groups = (parent is null ? node.Groups : []).Union(node.Set("groups")).Union(["all", "name:" + name, "path:" + path]),
            SyncBranchOnly = node.Flag("sync-c", false),
            SyncSubmodules = node.Flag("sync-s", defaults.SyncSubmodules),
            SyncTags = node.Flag("sync-tags", defaults.SyncTags),
            CloneDepth = node.Positive("clone-depth"),
            SyncStrategy = node.Text("sync-strategy"),
            DestBranch = node.Text("dest-branch") ?? defaults.DestBranch,
            Upstream = node.Text("upstream") ?? defaults.Upstream,
        }.With(node);
    }

    public void Extend(ManifestNode node)
    {
        var name = node.Required("name");
        if (!Has(name))
        {
            throw node.Place.Fault($"<extend-project> names the project '{name}', which is not there");
        }

        var named = _byPath.Values.Where(project => project.Name == name).ToArray();
        var (path, destination) = (node.Text("path"), node.Text("dest-path"));
        if (destination is not null)
        {
            // repo does not check it; a folder outside of the tree is none
            ManifestPath.Require(node, "dest-path", destination, mayBeFolder: true, mayBeDot: true);
            if (path is null && named.Length > 1)
            {
                throw node.Place.Fault($"dest-path would put {named.Length} projects '{name}' into one folder");
            }
        }

        foreach (var project in named.Where(project => path is null || project.Path == path))
        {
            RequireBase(node, project, hasChange: node.Text("revision") is not null);
            // it is moved before what the element has of copies and links is read
            var extended = (project with
            {
                Path = destination?.TrimEnd('/') ?? project.Path,
                Groups = project.Groups.Union(node.Groups).Union(node.Set("groups")),
                Revision = node.Text("revision") ?? project.Revision,
                Remote = remotes.Named(node) ?? project.Remote,
                DestBranch = node.Text("dest-branch") ?? project.DestBranch,
                Upstream = node.Text("upstream") ?? project.Upstream,
            }).With(node);
            if (destination is null)
            {
                _byPath[project.Path] = extended;
                continue;
            }

            Move(node, project, extended);
        }
    }

    private void Move(ManifestNode node, ManifestProject from, ManifestProject to)
    {
        _byPath.Remove(from.Path);
        _byFolder.Remove(from.Folder);
        if (_byFolder.TryGetValue(to.Folder, out var other))
        {
            throw node.Place.Fault($"dest-path is '{to.Path}', where the project '{other.Name}' stands");
        }

        _byPath.Add(to.Path, to);
        _byFolder.Add(to.Folder, to);
    }

    /// <returns>The name of what was removed; null for nothing, which is a fault unless the element is optional.</returns>
    public string? Remove(ManifestNode node)
    {
        var (name, path) = (node.Text("name"), node.Text("path"));
        if (name is null && path is null)
        {
            throw node.Place.Fault("<remove-project> has neither name nor path");
        }

        var found = _byPath.Values.Where(one => (name is null || one.Name == name) && (path is null || one.Path == path)).ToArray();
        foreach (var project in found)
        {
            RequireBase(node, project, hasChange: true);
            _byPath.Remove(project.Path);
            _byFolder.Remove(project.Folder);
        }

        if (path is null && found.Length > 0)
        {
            _names.Remove(name!);
        }

        if (found.Length == 0 && !node.Flag("optional", false))
        {
            throw node.Place.Fault($"<remove-project> names a project that is not there: {name}{(path is null ? "" : $" path {path}")}");
        }

        return found.Length == 0 ? null : found[^1].Name;
    }

    private static void RequireBase(ManifestNode node, ManifestProject project, bool hasChange)
    {
        if (hasChange && node.Text("base-rev") is { } expected && project.Revision != expected)
        {
            throw node.Place.Fault($"base-rev of '{project.Name}' is {expected}, and its revision is {project.Revision}");
        }
    }
}
