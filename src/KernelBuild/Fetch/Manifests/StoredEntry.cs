using System.Text;
using KernelBuild.Git.Objects;
using KernelBuild.Git.Repositories;

namespace KernelBuild.Fetch.Manifests;

/// <summary>What a tree in the store has at a path.</summary>
/// <param name="Mode">As git writes it: 100644, 100755, 120000, 160000 or 040000.</param>
/// <param name="Path">From the tree that was asked.</param>
internal sealed record StoredEntry(string Mode, GitObjectId Id, string Path)
{
    public const string LinkMode = "120000";

    public bool IsLink => Mode == LinkMode;

    public bool IsFolder => Mode == "040000";

    /// <summary>The folder of another repository, which a checkout leaves empty.</summary>
    public bool IsRepository => Mode == "160000";

    public async Task<byte[]> ReadAsync(GitStore store, CancellationToken cancellationToken)
    {
        using var content = new MemoryStream();
        await (store.Git("cat-file", "blob", Id.ToString()) with
        {
            OutputConsumer = (stream, token) => stream.CopyToAsync(content, token),
        }).RunAsync(cancellationToken);
        return content.ToArray();
    }

    public static async Task<StoredEntry?> FindAsync(GitStore store, GitObjectId tree, string path, CancellationToken cancellationToken) =>
        (await ListAsync(store, ["-t", "--full-tree", tree.ToString(), "--", path], cancellationToken))
            .FirstOrDefault(entry => entry.Path == path);

    /// <summary>What stands directly in a folder; nothing when it is none.</summary>
    public static async Task<IReadOnlyList<StoredEntry>> InAsync(
        GitStore store, GitObjectId tree, string folder, CancellationToken cancellationToken) =>
        folder.Length > 0 && await FindAsync(store, tree, folder, cancellationToken) is not { IsFolder: true }
            ? []
            : await ListAsync(store, ["--full-tree", $"{tree}:{folder}"], cancellationToken);

    /// <summary>What of some paths is there.</summary>
    public static async Task<IReadOnlyDictionary<string, StoredEntry>> FindAsync(
        GitStore store, GitObjectId tree, IReadOnlyCollection<string> paths, CancellationToken cancellationToken)
    {
        // below the length that Linux allows for the arguments of a program
        const int AtOnce = 200;
        var found = new Dictionary<string, StoredEntry>(StringComparer.Ordinal);
        foreach (var some in paths.Where(path => path.Length > 0).Distinct(StringComparer.Ordinal).Chunk(AtOnce))
        {
            foreach (var entry in await ListAsync(store, ["-t", "--full-tree", tree.ToString(), "--", .. some], cancellationToken))
            {
                found[entry.Path] = entry;
            }
        }

        return found;
    }

    private static async Task<IReadOnlyList<StoredEntry>> ListAsync(
        GitStore store, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        using var listing = new MemoryStream();
        await (store.Git("--literal-pathspecs", "ls-tree", "-z").WithArguments(arguments) with
        {
            OutputConsumer = (stream, token) => stream.CopyToAsync(listing, token),
        }).RunAsync(cancellationToken);
        return [.. Encoding.UTF8.GetString(listing.ToArray())
            .Split('\0', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split('\t', 2))
            .Select(parts => new StoredEntry(parts[0][..6], GitObjectId.Parse(parts[0][^GitObjectId.HexLength..]), parts[1]))];
    }
}
