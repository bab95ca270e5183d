using KernelBuild.Fetch;
using KernelBuild.Git.Repositories;
using KernelBuild.Host.Files;
using KernelBuild.Host.Reporting;

namespace KernelBuild.Store;

/// <summary>
/// Takes out of the cache what no lock file of a known project names and no build has taken for a while. Nothing is lost for good:
/// a build fetches, imports and patches anew what it wants.
/// </summary>
public static class StorePruning
{
    /// <param name="unusedSince">What was last used before it goes; UTC.</param>
    /// <param name="dryRun">Say what would go, and leave it.</param>
    /// <returns>The refs and downloads that went, or would.</returns>
    public static async Task<(IReadOnlyList<StoredCommit> Commits, IReadOnlyList<FileInfo> Files)> RunAsync(
        GitStore store, CacheFolder cache, DateTime unusedSince, bool dryRun, IBuildLog log, CancellationToken cancellationToken)
    {
        var refs = await StoreRefs.ReadAsync(store, cache, cancellationToken);
        var commits = refs.Commits.Where(commit => commit.NamedBy.Count == 0 && commit.Used < unusedSince).ToArray();
        var named = refs.NamedFiles.Select(digest => digest.ToString()).ToHashSet(StringComparer.Ordinal);
        FileInfo[] files = !Directory.Exists(cache.Downloads) ? [] :
        [
            .. new DirectoryInfo(cache.Downloads).EnumerateFiles("*", SearchOption.AllDirectories)
                .Where(file => file.Name != ".lock" && file.LastWriteTimeUtc < unusedSince && !named.Contains(file.Name)),
        ];
        if (dryRun)
        {
            return (commits, files);
        }

        foreach (var commit in commits)
        {
            await store.Git("update-ref", "-d", commit.Ref, commit.Id.ToString()).RunAsync(cancellationToken);
        }

        foreach (var file in files.Concat(Notes(cache).Where(file => file.LastWriteTimeUtc < unusedSince)))
        {
            file.Delete();
        }

        new KnownProjects(cache).RemoveGone();
        log.Status("packing what is left");
        // objects of a build that runs now have no ref yet: they are young. Refs stay loose, for their times say when they were used.
        // No deltas: they take minutes for a kernel, and the store is read far more often than it is pruned
        await store.Git("-c", "gc.packRefs=false", "-c", "pack.window=0", "gc", "--quiet", "--prune=2.hours.ago").RunAsync(cancellationToken);
        return (commits, files);
    }

    /// <summary>Small, and looked up again when they are missing.</summary>
    private static IEnumerable<FileInfo> Notes(CacheFolder cache) => new[] { cache.Trees, cache.Signatures }
        .Select(path => new DirectoryInfo(path))
        .Where(folder => folder.Exists)
        .SelectMany(folder => folder.EnumerateFiles());
}
