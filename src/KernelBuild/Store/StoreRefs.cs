using KernelBuild.Fetch;
using KernelBuild.Git.Objects;
using KernelBuild.Git.Repositories;
using KernelBuild.Host.Files;

namespace KernelBuild.Store;

/// <summary>The commits that a store keeps, and the projects that name them.</summary>
internal sealed class StoreRefs
{
    private readonly Dictionary<GitObjectId, GitObjectId[]> _parents;

    private StoreRefs(
        Dictionary<GitObjectId, GitObjectId[]> parents, IReadOnlyList<StoredCommit> commits, IReadOnlyList<(string Path, LockFile Lock)> locks)
    {
        _parents = parents;
        Commits = commits;
        Locks = locks;
    }

    /// <summary>Every commit that has a ref of its own.</summary>
    public IReadOnlyList<StoredCommit> Commits { get; }

    /// <summary>Lock files of known projects that can be read.</summary>
    public IReadOnlyList<(string Path, LockFile Lock)> Locks { get; }

    /// <summary>SHA-256 digests of files that a lock file names.</summary>
    public IReadOnlySet<Sha256Digest> NamedFiles => Locks
        .SelectMany(one => one.Lock.Parts.Values.Append(one.Lock.Source).Select(source => source?.Sha256)
            .Concat(one.Lock.Packages.Values.Select(package => (Sha256Digest?)package.Sha256)))
        .OfType<Sha256Digest>()
        .ToHashSet();

    public static async Task<StoreRefs> ReadAsync(GitStore store, CacheFolder cache, CancellationToken cancellationToken)
    {
        var locks = Readable(new KnownProjects(cache).LockFiles);
        var named = locks
            .SelectMany(one => one.Lock.Parts.Values.Append(one.Lock.Source).OfType<LockedSource>().Select(source => (source.Commit, one.Path)))
            .ToLookup(one => one.Commit, one => one.Path);
        var parents = new Dictionary<GitObjectId, GitObjectId[]>();
        var commits = new List<StoredCommit>();
        var lines = (await store.Git("for-each-ref", "--format=%(refname) %(objectname) %(parent)", "refs/kernelbuild").RunAsync(cancellationToken))
            .Output;
        foreach (var line in lines)
        {
            var parts = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var id = GitObjectId.Parse(parts[1]);
            parents[id] = [.. parts.Skip(2).Select(GitObjectId.Parse)];
            var file = Path.Combine(store.Folder, parts[0]);
            commits.Add(new StoredCommit(
                parts[0], id, File.Exists(file) ? File.GetLastWriteTimeUtc(file) : DateTime.UtcNow, [.. named[id].Distinct(StringComparer.Ordinal)]));
        }

        // a commit with several refs was used when one of them was
        var used = commits.GroupBy(commit => commit.Id).ToDictionary(group => group.Key, group => group.Max(commit => commit.Used));
        return new StoreRefs(parents, [.. commits.Select(commit => commit with { Used = used[commit.Id] })], locks);
    }

    /// <summary>A source as against a commit that a patch made: nothing that the store keeps stands below it, or a lock file names it.</summary>
    public bool IsSource(StoredCommit commit) =>
        commit.NamedBy.Count > 0 || commit.Ref.StartsWith("refs/kernelbuild/archives/", StringComparison.Ordinal)
        || !_parents[commit.Id].Any(_parents.ContainsKey);

    private static List<(string Path, LockFile Lock)> Readable(IReadOnlyList<string> paths)
    {
        var locks = new List<(string, LockFile)>();
        foreach (var path in paths)
        {
            try
            {
                locks.Add((path, LockFile.Load(path)));
            }
            catch (Diagnostics.DiagnosticException)
            {
                // a build of that project says what is wrong with it
            }
        }

        return locks;
    }
}
