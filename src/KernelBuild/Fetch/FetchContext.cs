using KernelBuild.CheckOut;
using KernelBuild.Git.Repositories;
using KernelBuild.Host.Files;
using KernelBuild.Host.Reporting;

namespace KernelBuild.Fetch;

/// <summary>What a source needs to become a commit.</summary>
/// <param name="WorkTree">Where the first import may leave the files as well; null when a tree stands there already.</param>
internal sealed record FetchContext(CacheFolder Cache, GitStore Store, IBuildLog Log, NetworkSettings Network, WorkTree? WorkTree)
{
    /// <summary>What the lock file says of this very spec; null when it says nothing.</summary>
    public LockedSource? Locked { get; init; }

    /// <summary>What the lock file says of all pieces, by folder; with <see cref="Refresh"/> it is what was.</summary>
    public IReadOnlyDictionary<string, LockedSource> Parts { get; init; } = new Dictionary<string, LockedSource>(StringComparer.Ordinal);

    /// <summary>--locked: exactly that, or an error.</summary>
    public bool Strict { get; init; }

    /// <summary>--offline: what the cache has, or an error.</summary>
    public bool Offline { get; init; }

    /// <summary>--update-lock: what servers say now, not what was heard before.</summary>
    public bool Refresh { get; init; }

    /// <summary>Further addresses of the same content, asked in order after the source's own.</summary>
    public IReadOnlyList<SourceAddress> Mirrors { get; init; } = [];

    /// <summary>Where a person finds what is locked; for messages.</summary>
    public string LockFile { get; init; } = "";
}
