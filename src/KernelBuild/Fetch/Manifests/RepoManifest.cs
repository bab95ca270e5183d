using System.Collections.Immutable;

namespace KernelBuild.Fetch.Manifests;

/// <summary>A manifest of Android's repo tool, with all its includes.</summary>
/// <remarks>Source of its rules: docs/manifest-format.md and manifest_xml.py of the repo tool.</remarks>
internal sealed record RepoManifest
{
    public string? Notice { get; init; }

    /// <summary>By name.</summary>
    public ImmutableArray<ManifestRemote> Remotes { get; init; } = [];

    public ManifestDefault Default { get; init; } = new();

    public (string Url, string? Helper)? Server { get; init; }

    /// <summary>In the order in which they are written; of every group.</summary>
    public ImmutableArray<ManifestProject> Projects { get; init; } = [];

    public (string Project, ImmutableArray<string> Enabled)? Hooks { get; init; }

    public (string Name, ManifestRemote Remote, string Revision)? Superproject { get; init; }

    public string? BugUrl { get; init; }
}
