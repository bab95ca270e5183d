using System.Globalization;
using KernelBuild.Git.Repositories;
using KernelBuild.Host.Files;

namespace KernelBuild.Store;

/// <summary>What the cache takes of the disk, by source.</summary>
/// <param name="Sources">The largest first. What sources share counts for each.</param>
/// <param name="PatchedCommits">Commits that patches made; they take little each.</param>
public sealed record StoreStatus(
    string Folder, long StoreBytes, int Packs, IReadOnlyList<StoredSource> Sources, int PatchedCommits, long DownloadBytes, int Downloads,
    long CompilerCacheBytes)
{
    public static async Task<StoreStatus> ReadAsync(GitStore store, CacheFolder cache, CancellationToken cancellationToken)
    {
        var refs = await StoreRefs.ReadAsync(store, cache, cancellationToken);
        var sources = new List<StoredSource>();
        foreach (var group in refs.Commits.Where(refs.IsSource).GroupBy(commit => commit.Id))
        {
            var size = await (store.Git("rev-list", "--disk-usage", "--objects", group.Key.ToString()) with { AnswerCodes = [128] }).RunAsync(
                cancellationToken);
            var subject = await store.Git("show", "-s", "--format=%s", group.Key.ToString()).ReadAsync(cancellationToken);
            sources.Add(new StoredSource(
                group.Key, subject,
                size.ExitCode == 0 && size.Output is [var text] ? long.Parse(text, CultureInfo.InvariantCulture) : null,
                group.First().Used, group.First().NamedBy));
        }

        var downloads = Files(cache.Downloads);
        return new StoreStatus(
            store.Folder, Files(store.Folder).Sum(file => file.Length), Directory.EnumerateFiles(store.PackFolder, "*.pack").Count(),
            [.. sources.OrderByDescending(source => source.Bytes)], refs.Commits.Count(commit => !refs.IsSource(commit)),
            downloads.Sum(file => file.Length), downloads.Count, Files(cache.CompilerCache).Sum(file => file.Length));
    }

    private static List<FileInfo> Files(string folder) => !Directory.Exists(folder) ? [] :
    [
        .. new DirectoryInfo(folder).EnumerateFiles("*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint })
            .Where(file => file.Name != ".lock"),
    ];
}
