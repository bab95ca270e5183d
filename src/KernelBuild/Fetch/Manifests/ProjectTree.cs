using System.Text;
using KernelBuild.Git.Objects;
using KernelBuild.Git.Repositories;
using KernelBuild.Host.Processes;

namespace KernelBuild.Fetch.Manifests;

/// <summary>Trees of projects put into their folders. As in a checkout,
/// files of an outer project stay beside those of an inner one.</summary>
/// <remarks>All of it goes through one index, written once: a tree of repo has hundreds of thousands of files.</remarks>
internal sealed class ProjectTree : IDisposable
{
    private readonly GitStore _store;
    private readonly string _folder;
    private readonly string _index;

    /// <param name="folder">Room for an index.</param>
    public ProjectTree(GitStore store, string folder)
    {
        _store = store;
        _folder = folder;
        Directory.CreateDirectory(folder);
        _index = Path.Combine(folder, $"projects.{Guid.NewGuid():N}.index");
    }

    /// <param name="parts">Trees by folder, "" for the top; the outer before the inner.</param>
    /// <param name="places">Where the manifest names each folder.</param>
    /// <exception cref="Diagnostics.DiagnosticException">KB1024 for a folder that is a file of an outer project.</exception>
    public async Task<GitObjectId> WriteAsync(
        IReadOnlyList<(string Folder, GitObjectId Tree)> parts, IReadOnlyDictionary<string, ManifestPlace> places,
        CancellationToken cancellationToken)
    {
        await AddAsync(
            async (stream, token) =>
            {
                foreach (var (folder, tree) in parts)
                {
                    // where folders of inner projects are, no file may be
                    var inside = parts.Select(part => part.Folder)
                        .Where(inner => folder != inner && (folder.Length == 0 || inner.StartsWith(folder + "/", StringComparison.Ordinal)))
                        .SelectMany(inner => ManifestPath.Above(inner).Append(inner).Select(path => (path, inner)))
                        .DistinctBy(one => one.path)
                        .ToDictionary(one => one.path, one => one.inner, StringComparer.Ordinal);
                    await AddAsync(stream, folder, tree, inside, places, token);
                }
            },
            cancellationToken);
        return await WriteAsync(cancellationToken);
    }

    /// <summary>The tree with further files in it.</summary>
    public async Task<GitObjectId> AddAsync(IReadOnlyCollection<StoredEntry> files, CancellationToken cancellationToken)
    {
        await AddAsync(
            async (stream, token) =>
            {
                foreach (var file in files)
                {
                    await stream.WriteAsync(Encoding.UTF8.GetBytes($"{file.Mode} {file.Id} 0\t{file.Path}\0"), token);
                }
            },
            cancellationToken);
        return await WriteAsync(cancellationToken);
    }

    public void Dispose()
    {
        File.Delete(_index);
        File.Delete(_index + ".lock");
    }

    private Task<CommandResult> AddAsync(Func<Stream, CancellationToken, Task> lines, CancellationToken cancellationToken) =>
        (_store.GitIn(_folder, _index, "update-index", "-z", "--index-info") with { InputProducer = lines }).RunAsync(cancellationToken);

    private async Task<GitObjectId> WriteAsync(CancellationToken cancellationToken) =>
        GitObjectId.Parse(await _store.GitIn(_folder, _index, "write-tree").ReadAsync(cancellationToken));

    /// <summary>The lines of ls-tree are those that update-index reads, but for the folder.</summary>
    private async Task AddAsync(
        Stream stream, string folder, GitObjectId tree, Dictionary<string, string> inside,
        IReadOnlyDictionary<string, ManifestPlace> places, CancellationToken cancellationToken)
    {
        using var listing = new MemoryStream();
        await (_store.Git("ls-tree", "-r", "-z", "--full-tree", tree.ToString()) with
        {
            OutputConsumer = (output, token) => output.CopyToAsync(listing, token),
        }).RunAsync(cancellationToken);
        var prefix = folder.Length == 0 ? [] : Encoding.UTF8.GetBytes(folder + "/");
        using var lines = new MemoryStream();
        var rest = listing.GetBuffer().AsMemory(0, (int)listing.Length);
        while (rest.Length > 0)
        {
            var end = rest.Span.IndexOf((byte)0);
            var line = rest[..end];
            rest = rest[(end + 1)..];
            var tab = line.Span.IndexOf((byte)'\t');
            if (inside.Count > 0)
            {
                var path = ManifestPath.Join(folder, Encoding.UTF8.GetString(line.Span[(tab + 1)..]));
                RequireFolder(path, line.Span[..tab], folder, inside, places);
            }

            lines.Write(line.Span[..(tab + 1)]);
            lines.Write(prefix);
            lines.Write(line.Span[(tab + 1)..]);
            lines.WriteByte(0);
        }

        lines.Position = 0;
        await lines.CopyToAsync(stream, cancellationToken);
    }

    private static void RequireFolder(
        string path, ReadOnlySpan<byte> kind, string folder, Dictionary<string, string> inside,
        IReadOnlyDictionary<string, ManifestPlace> places)
    {
        // a commit of another repository is an empty folder in a checkout
        if (inside.TryGetValue(path, out var inner) && !kind.StartsWith("160000"u8))
        {
            throw places[inner].Fault($"the project in '{inner}' cannot stand there: '{path}' is a file of the project in '{folder}'");
        }
    }
}
