namespace KernelBuild.Fetch.Manifests;

/// <summary>What counts for projects that do not say it themselves.</summary>
internal sealed record ManifestDefault
{
    public ManifestRemote? Remote { get; init; }

    public string? Revision { get; init; }

    public string? DestBranch { get; init; }

    public string? Upstream { get; init; }

    public int? SyncJobs { get; init; }

    public int? SyncJobsAtMost { get; init; }

    public bool SyncBranchOnly { get; init; }

    public bool SyncSubmodules { get; init; }

    public bool SyncTags { get; init; } = true;

    public static ManifestDefault Of(ManifestNode node, ManifestRemotes remotes) => new()
    {
        Remote = remotes.Named(node),
        Revision = node.Text("revision"),
        DestBranch = node.Text("dest-branch"),
        Upstream = node.Text("upstream"),
        SyncJobs = node.Positive("sync-j"),
        SyncJobsAtMost = node.Positive("sync-j-max"),
        SyncBranchOnly = node.Flag("sync-c", false),
        SyncSubmodules = node.Flag("sync-s", false),
        SyncTags = node.Flag("sync-tags", true),
    };
}
