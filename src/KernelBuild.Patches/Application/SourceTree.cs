using System.Text;
using KernelBuild.Diagnostics;
using KernelBuild.Git.Objects;
using KernelBuild.Git.Repositories;

namespace KernelBuild.Patches.Application;

/// <summary>
/// The tree of a commit, read as far as it is asked for: folder by folder, each once. Thereby a path costs the same in a tree
/// of a hundred files and of a hundred thousand.
/// </summary>
public sealed class SourceTree(ObjectReader objects, string commit)
{
    private readonly Dictionary<string, IReadOnlyDictionary<string, SourceEntry>?> _folders = new(StringComparer.Ordinal);

    /// <summary>Reads every folder on the way to these paths, each depth at once.</summary>
    public void Load(IEnumerable<string> paths)
    {
        var wanted = paths.SelectMany(Ancestors).Distinct(StringComparer.Ordinal).Where(folder => !_folders.ContainsKey(folder));
        foreach (var depth in wanted.GroupBy(Depth).OrderBy(group => group.Key))
        {
            var reading = depth.Select(folder => (folder, content: ReadAsync(folder))).ToArray();
            foreach (var (folder, content) in reading)
            {
                _folders[folder] = content.GetAwaiter().GetResult() is { } bytes ? Parse(bytes) : null;
            }
        }
    }

    /// <summary>What stands at a path whose folder was loaded; null when there is nothing.</summary>
    public SourceEntry? Find(string path)
    {
        var slash = path.LastIndexOf('/');
        var folder = _folders.GetValueOrDefault(slash < 0 ? "" : path[..slash]);
        return folder is not null && folder.TryGetValue(path[(slash + 1)..], out var entry) ? entry : null;
    }

    /// <summary>The names in a folder that was loaded; null when there is no such folder.</summary>
    public IReadOnlyDictionary<string, SourceEntry>? Folder(string path) => _folders.GetValueOrDefault(path);

    /// <summary>Every folder above a path, the root ("") first.</summary>
    public static IEnumerable<string> Ancestors(string path)
    {
        yield return "";
        for (var slash = path.IndexOf('/', StringComparison.Ordinal); slash > 0; slash = path.IndexOf('/', slash + 1))
        {
            yield return path[..slash];
        }
    }

    internal static DiagnosticException Damaged(string what) => new(Diagnostic.Error(
        DiagnosticCodes.RepositoryUnusable, $"the repository lacks {what}: it is damaged, or a part of it was never fetched",
        "see what is missing with 'git fsck', and fetch it again: 'git fetch --refetch', or a new clone"));

    private static int Depth(string folder) => folder.Length == 0 ? 0 : folder.Count(letter => letter == '/') + 1;

    private Task<byte[]?> ReadAsync(string folder)
    {
        if (folder.Length == 0)
        {
            return objects.ReadAsync(commit + "^{tree}");
        }

        return Find(folder) is { IsFolder: true } entry ? objects.ReadAsync(entry.Id) : Task.FromResult<byte[]?>(null);
    }

    /// <summary>
    /// "MODE NAME", a NUL, 20 bytes of id, and so on (gitformat-pack has no page of its own for it; git cat-file -p shows it).
    /// </summary>
    private static Dictionary<string, SourceEntry> Parse(ReadOnlySpan<byte> tree)
    {
        var entries = new Dictionary<string, SourceEntry>(StringComparer.Ordinal);
        while (!tree.IsEmpty)
        {
            var blank = tree.IndexOf((byte)' ');
            var end = tree.IndexOf((byte)0);
            if (blank < 0 || end < blank || end + GitObjectId.ByteLength >= tree.Length + 1)
            {
                throw Damaged("a tree that can be read");
            }

            uint mode = 0;
            foreach (var digit in tree[..blank])
            {
                mode = (mode * 8) + (uint)(digit - '0');
            }

            entries[Encoding.UTF8.GetString(tree[(blank + 1)..end])] =
                new SourceEntry(mode, Convert.ToHexStringLower(tree.Slice(end + 1, GitObjectId.ByteLength)));
            tree = tree[(end + 1 + GitObjectId.ByteLength)..];
        }

        return entries;
    }
}
