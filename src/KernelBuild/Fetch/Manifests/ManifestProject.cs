using System.Collections.Immutable;

namespace KernelBuild.Fetch.Manifests;

/// <summary>A repository of a manifest, with the folder that it stands in.</summary>
/// <param name="Name">What is put behind the remote's address.</param>
/// <param name="Path">As it is written; <see cref="Folder"/> is where it stands.</param>
internal sealed record ManifestProject(string Name, string Path, ManifestRemote Remote, string Revision, ManifestPlace Place)
{
    /// <summary>Of its element, from 1; stays when it is extended or moved.</summary>
    public int Id { get; init; }

    /// <summary><see cref="Id"/> of the project that it is nested in; null for most.</summary>
    public int? Parent { get; init; }

    public ImmutableSortedSet<string> Groups { get; init; } = [];

    public string? Upstream { get; init; }

    public string? DestBranch { get; init; }

    public bool SyncBranchOnly { get; init; }

    /// <summary>Its submodules are fetched, too.</summary>
    public bool SyncSubmodules { get; init; }

    public bool SyncTags { get; init; }

    public int? CloneDepth { get; init; }

    public string? SyncStrategy { get; init; }

    public ImmutableArray<ManifestFile> Copies { get; init; } = [];

    public ImmutableArray<ManifestFile> Links { get; init; } = [];

    public ImmutableArray<ManifestAnnotation> Annotations { get; init; } = [];

    /// <summary>From the top of the tree; "" for the top itself.</summary>
    public string Folder => ManifestPath.Tidy(Path);

    /// <summary>The same with the copies, links and annotations of an element; equal ones count once, where the first stands.</summary>
    public ManifestProject With(ManifestNode node)
    {
        var project = this;
        foreach (var child in node.Children)
        {
            project = child.Name switch
            {
                "copyfile" => project with { Copies = Add(project.Copies, ManifestFile.Of(child, project.Folder)) },
                "linkfile" => project with { Links = Add(project.Links, ManifestFile.Of(child, project.Folder)) },
                "annotation" => project with { Annotations = project.Annotations.Add(ManifestAnnotation.Of(child)) },
                _ => project,
            };
        }

        return project;
    }

    private static ImmutableArray<ManifestFile> Add(ImmutableArray<ManifestFile> files, ManifestFile file) =>
        files.Any(file.IsSame) ? files : files.Add(file);
}
