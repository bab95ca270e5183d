using System.Globalization;
using System.Text;

namespace KernelBuild.Fetch.Manifests;

/// <summary>
/// A manifest with a commit for each project, in the very form of 'repo manifest -r' (manifest_xml.py, ToXml and Python's writexml), so
/// that 'repo init -m' takes it.
/// </summary>
internal sealed class PinnedManifest
{
    // what repo has when a manifest names none, and then leaves out
    private const string BugUrlOfRepo = "https://issues.gerritcodereview.com/issues/new?component=1370071";

    private readonly StringBuilder _text = new("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<manifest>\n");
    private readonly RepoManifest _manifest;
    private readonly IReadOnlyDictionary<string, string> _commits;

    /// <summary>Projects by <see cref="ManifestProject.Id"/> of the one that they are nested in; 0 for none.</summary>
    private readonly ILookup<int, ManifestProject> _inside;

    private PinnedManifest(RepoManifest manifest, IReadOnlyDictionary<string, string> commits)
    {
        _manifest = manifest;
        _commits = commits;
        var written = manifest.Projects.Where(project => commits.ContainsKey(project.Path)).ToArray();
        var ids = written.Select(project => project.Id).ToHashSet();
        // projects whose outer one is not written stand beside the others
        _inside = written
            .OrderBy(project => project.Name, StringComparer.Ordinal)
            .ToLookup(project => project.Parent is { } outer && ids.Contains(outer) ? outer : 0);
    }

    /// <summary>
    /// Its text. Users and tokens of addresses are left out. Of the projects, those with a commit: 'repo manifest -r' leaves out, too,
    /// what it fetched for the group of the platform alone, and such a file would not give the same tree.
    /// </summary>
    /// <param name="commits">By the project's path.</param>
    public static string Of(RepoManifest manifest, IReadOnlyDictionary<string, string> commits) =>
        new PinnedManifest(manifest, commits).Write();

    private string Write()
    {
        if (_manifest.Notice is { Length: > 0 } notice)
        {
            _text.Append("  <notice>").Append(Escape(notice.Replace("\n", "\n    ", StringComparison.Ordinal))).Append("</notice>\n");
        }

        foreach (var remote in _manifest.Remotes)
        {
            Element(
                "  ", "remote", Annotations(remote.Annotations),
                ("name", remote.Name), ("fetch", remote.Fetch), ("pushurl", remote.PushUrl), ("alias", remote.Alias),
                ("review", remote.Review), ("revision", remote.Revision));
        }

        Gap(_manifest.Remotes.Length > 0);
        Default(_manifest.Default);
        if (_manifest.Server is { } server)
        {
            Element("  ", "manifest-server", [], ("url", server.Url), ("helper", server.Helper));
            Gap(true);
        }

        Projects(null, "  ");
        Rest();
        return _text.Append("</manifest>\n").ToString();
    }

    private void Default(ManifestDefault given)
    {
        (string, string?)[] attributes =
        [
            ("remote", given.Remote?.Name),
            ("revision", given.Revision),
            ("dest-branch", given.DestBranch),
            ("upstream", given.Upstream),
            ("sync-j", given.SyncJobs?.ToString(CultureInfo.InvariantCulture)),
            ("sync-j-max", given.SyncJobsAtMost?.ToString(CultureInfo.InvariantCulture)),
            ("sync-c", given.SyncBranchOnly ? "true" : null),
            ("sync-s", given.SyncSubmodules ? "true" : null),
            ("sync-tags", given.SyncTags ? null : "false"),
        ];
        if (attributes.Any(one => one.Item2 is not null))
        {
            Element("  ", "default", [], attributes);
            Gap(true);
        }
    }

    private void Projects(ManifestProject? parent, string indentation)
    {
        foreach (var project in _inside[parent?.Id ?? 0])
        {
            Project(project, parent, _commits[project.Path], indentation);
        }
    }

    private void Project(ManifestProject project, ManifestProject? parent, string commit, string indentation)
    {
        var name = parent is null ? project.Name : ManifestPath.Relative(project.Name, parent.Name);
        var path = parent is null ? project.Path : ManifestPath.Relative(project.Path, parent.Path);
        var isMoving = commit != project.Revision;
        var groups = project.Groups.Except(["all", "name:" + project.Name, "path:" + project.Path]);
        var inner = new List<Action>();
        var files = project.Copies.Select(file => ("copyfile", file)).Concat(project.Links.Select(file => ("linkfile", file)));
        foreach (var (kind, file) in files)
        {
            inner.Add(() => Element(indentation + "  ", kind, [], ("src", file.Source), ("dest", file.Destination)));
        }

        inner.AddRange(Annotations(project.Annotations, indentation + "  "));
        if (_inside.Contains(project.Id))
        {
            inner.Add(() => Projects(project, indentation + "  "));
        }

        Element(
            indentation, "project", inner,
            ("name", name),
            ("path", path == name ? null : path),
            ("remote", _manifest.Default.Remote?.Name == project.Remote.Name ? null : project.Remote.Name),
            ("revision", commit),
            ("upstream", project.Upstream ?? (isMoving ? project.Revision : null)),
            ("dest-branch", project.DestBranch ?? (isMoving ? project.Revision : null)),
            ("groups", groups.Count > 0 ? string.Join(',', groups) : null),
            ("sync-c", project.SyncBranchOnly ? "true" : null),
            ("sync-s", project.SyncSubmodules ? "true" : null),
            ("sync-tags", project.SyncTags ? null : "false"),
            ("clone-depth", project.CloneDepth?.ToString(CultureInfo.InvariantCulture)),
            ("sync-strategy", project.SyncStrategy));
    }

    private void Rest()
    {
        if (_manifest.Hooks is { } hooks)
        {
            Gap(true);
            Element("  ", "repo-hooks", [], ("in-project", hooks.Project), ("enabled-list", string.Join(' ', hooks.Enabled)));
        }

        if (_manifest.Superproject is { } superproject)
        {
            Gap(true);
            Element(
                "  ", "superproject", [],
                ("name", superproject.Name),
                ("remote", _manifest.Default.Remote?.Name == superproject.Remote.Name ? null : superproject.Remote.Name),
                ("revision", superproject.Revision == _manifest.Default.Revision ? null : superproject.Revision));
        }

        if (_manifest.BugUrl is { } url && url != BugUrlOfRepo)
        {
            Gap(true);
            Element("  ", "contactinfo", [], ("bugurl", url));
        }
    }

    private IReadOnlyList<Action> Annotations(IEnumerable<ManifestAnnotation> annotations, string indentation = "    ") =>
        [.. annotations.Where(one => one.Keep)
            .Select(one => (Action)(() => Element(indentation, "annotation", [], ("name", one.Name), ("value", one.Value))))];

    /// <summary>An empty text, which Python writes as a line of its own.</summary>
    private void Gap(bool isThere) => _text.Append(isThere ? "  \n" : "");

    private void Element(string indentation, string name, IReadOnlyList<Action> inner, params (string Name, string? Value)[] attributes)
    {
        _text.Append(indentation).Append('<').Append(name);
        foreach (var (attribute, value) in attributes)
        {
            if (value is not null)
            {
                var shown = IsAddress(attribute) ? SourceAddress.Redacted(value) : value;
                _text.Append(' ').Append(attribute).Append("=\"").Append(Escape(shown)).Append('"');
            }
        }

        _text.Append(inner.Count == 0 ? "/>\n" : ">\n");
        foreach (var write in inner)
        {
            write();
        }

        if (inner.Count > 0)
        {
            _text.Append(indentation).Append("</").Append(name).Append(">\n");
        }
    }

    private static bool IsAddress(string attribute) => attribute is "fetch" or "pushurl" or "review" or "url";

    private static string Escape(string text) => text
        .Replace("&", "&amp;", StringComparison.Ordinal)
        .Replace("<", "&lt;", StringComparison.Ordinal)
        .Replace("\"", "&quot;", StringComparison.Ordinal)
        .Replace(">", "&gt;", StringComparison.Ordinal);
}
