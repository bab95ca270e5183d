namespace KernelBuild.Fetch.Manifests;

/// <summary>Elements of a manifest as repo understands them (manifest_xml.py, _ParseManifest). Unknown ones are passed over.</summary>
internal sealed class ManifestReader
{
    private readonly IReadOnlyList<ManifestNode> _nodes;
    private readonly ManifestRemotes _remotes = new();
    private ManifestDefault? _default;
    private RepoManifest _manifest = new();

    private ManifestReader(IReadOnlyList<ManifestNode> nodes) => _nodes = nodes;

    /// <exception cref="Diagnostics.DiagnosticException">KB1024.</exception>
    public static RepoManifest Read(IReadOnlyList<ManifestNode> nodes) => new ManifestReader(nodes).Read();

    private IEnumerable<ManifestNode> Named(string name) => _nodes.Where(node => node.Name == name);

    private RepoManifest Read()
    {
        foreach (var node in Named("remote"))
        {
            _remotes.Add(node);
        }

        foreach (var node in Named("default"))
        {
            AddDefault(node);
        }

        if (Named("submanifest").FirstOrDefault() is { } submanifest)
        {
            throw submanifest.Place.Fault(
                $"the submanifest '{submanifest.Text("name")}' is a tree of its own, which is not fetched",
                "name the submanifest as a further source: <KernelSource Include=\"repo:…\" Path=\"…\" />, "
                    + "and a manifest without it as the kernel's");
        }

        foreach (var node in Named("notice"))
        {
            RequireFirst(node, _manifest.Notice is not null);
            _manifest = _manifest with { Notice = ManifestNotice.Of(node.Element) };
        }

        foreach (var node in Named("manifest-server"))
        {
            RequireFirst(node, _manifest.Server is not null);
            _manifest = _manifest with { Server = (node.Required("url"), node.Text("helper")) };
        }

        var projects = new ManifestProjects(_remotes, _default ?? new ManifestDefault());
        ManifestNode? hooks = null;
        foreach (var node in _nodes)
        {
            switch (node.Name)
            {
                case "project":
                    projects.Add(node);
                    break;
                case "extend-project":
                    projects.Extend(node);
                    break;
                case "remove-project":
                    if (projects.Remove(node) is { } removed && hooks?.Text("in-project") == removed && !projects.Has(removed))
                    {
                        hooks = null;
                    }

                    break;
                case "repo-hooks":
                    RequireFirst(node, hooks is not null);
                    _ = (node.Required("in-project"), node.Required("enabled-list"));
                    hooks = node;
                    break;
                case "superproject":
                    AddSuperproject(node);
                    break;
                case "contactinfo":
                    _manifest = _manifest with { BugUrl = node.Required("bugurl") };
                    break;
            }
        }

        if (hooks is not null)
        {
            AddHooks(hooks, projects);
        }

        return _manifest with { Remotes = [.. _remotes.All], Default = _default ?? new ManifestDefault(), Projects = projects.All };
    }

    /// <summary>An empty element after another one says nothing; two that differ are a fault.</summary>
    private void AddDefault(ManifestNode node)
    {
        var read = ManifestDefault.Of(node, _remotes);
        var isEmpty = !node.Element.HasAttributes && !node.Element.Nodes().Any();
        if (_default is not null && !isEmpty && _default != read)
        {
            throw node.Place.Fault("a second <default> says something else than the first");
        }

        _default ??= read;
    }

    private void AddSuperproject(ManifestNode node)
    {
        RequireFirst(node, _manifest.Superproject is not null);
        var name = node.Required("name");
        var remote = _remotes.Named(node) ?? _default?.Remote ?? throw node.Place.Fault($"the superproject '{name}' has no remote");
        var revision = node.Text("revision") ?? remote.Revision ?? _default?.Revision
            ?? throw node.Place.Fault($"the superproject '{name}' has no revision");
        _manifest = _manifest with { Superproject = (name, remote, revision) };
    }

    private void AddHooks(ManifestNode node, ManifestProjects projects)
    {
        var name = node.Required("in-project");
        if (projects.All.Count(project => project.Name == name) != 1)
        {
            throw node.Place.Fault($"<repo-hooks> names the project '{name}', which is not there exactly once");
        }

        _manifest = _manifest with
        {
            Hooks = (name, [.. node.Required("enabled-list").Split([',', ' ', '\t', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries)]),
        };
    }

    private static void RequireFirst(ManifestNode node, bool isThere)
    {
        if (isThere)
        {
            throw node.Place.Fault($"a second <{node.Name}>");
        }
    }
}
