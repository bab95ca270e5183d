using System.Text;
using KernelBuild.Git.Objects;
using KernelBuild.Git.Repositories;

namespace KernelBuild.Fetch;

/// <summary>What of a tree is not what it seems: folders of other repositories, and files of which git has a pointer only.</summary>
/// <param name="Repositories">Folders that are commits of other repositories (gitlinks), with those commits.</param>
/// <param name="AttributeFiles">Paths of the .gitattributes files.</param>
internal sealed record TreeContents(
    IReadOnlyList<(string Path, GitObjectId Commit)> Repositories, IReadOnlyList<string> AttributeFiles)
{
    private const string PointerStart = "version https://git-lfs.github.com/spec/v1\n";

    /// <summary>Bytes; the specification of Git LFS keeps pointers below it.</summary>
    private const int PointerLimit = 1024;

    public static async Task<TreeContents> OfAsync(GitStore store, GitObjectId tree, CancellationToken cancellationToken)
    {
        var repositories = new List<(string, GitObjectId)>();
        var attributes = new List<string>();
        foreach (var (type, id, path) in await ListAsync(store, tree, cancellationToken))
        {
            if (type == "commit")
            {
                repositories.Add((path, id));
            }
            else if (path == ".gitattributes" || path.EndsWith("/.gitattributes", StringComparison.Ordinal))
            {
                attributes.Add(path);
            }
        }

        return new TreeContents(repositories, attributes);
    }

    /// <summary>Files whose content is kept on a Git LFS server; here they are pointers of three lines.</summary>
    /// <remarks>Source: the specification of Git LFS, "The Pointer".</remarks>
    public async Task<IReadOnlyList<string>> FindPointersAsync(GitStore store, GitObjectId tree, CancellationToken cancellationToken)
    {
        await using var reader = new ObjectReader(store, contents: true, cancellationToken);
        var uses = false;
        foreach (var path in AttributeFiles)
        {
            uses |= await reader.ReadAsync($"{tree}:{path}") is { } text && text.AsSpan().IndexOf("filter=lfs"u8) >= 0;
        }

        if (!uses)
        {
            return [];
        }

        var pointers = new List<string>();
        var candidates = new List<(string Path, Task<byte[]?> Content)>();
        foreach (var (type, id, path) in await ListAsync(store, tree, cancellationToken, PointerLimit))
        {
            if (type == "blob")
            {
                candidates.Add((path, reader.ReadAsync(id.ToString())));
            }
        }

        foreach (var (path, content) in candidates)
        {
            if (await content is { } bytes && bytes.AsSpan().StartsWith(Encoding.ASCII.GetBytes(PointerStart)))
            {
                pointers.Add(path);
            }
        }

        return pointers;
    }

    /// <param name="limit">Blobs below so many bytes only; null for all, which is faster.</param>
    private static async Task<List<(string Type, GitObjectId Id, string Path)>> ListAsync(
        GitStore store, GitObjectId tree, CancellationToken cancellationToken, long? limit = null)
    {
        using var listing = new MemoryStream();
        await (store.Git("ls-tree", "-r", "-z", "--full-tree").WithArguments(limit is null ? [] : ["-l"]).WithArguments(tree.ToString()) with
        {
            OutputConsumer = (stream, token) => stream.CopyToAsync(listing, token),
        }).RunAsync(cancellationToken);
        var entries = new List<(string, GitObjectId, string)>();
        foreach (var entry in Encoding.UTF8.GetString(listing.GetBuffer().AsSpan(0, (int)listing.Length))
            .Split('\0', StringSplitOptions.RemoveEmptyEntries))
        {
            var tab = entry.IndexOf('\t', StringComparison.Ordinal);
            var parts = entry[..tab].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (limit is null || (parts.Length > 3 && long.TryParse(parts[3], out var size) && size < limit))
            {
                entries.Add((parts[1], GitObjectId.Parse(parts[2]), entry[(tab + 1)..]));
            }
        }

        return entries;
    }
}
