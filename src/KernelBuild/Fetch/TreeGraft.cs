using System.Text;
using KernelBuild.Diagnostics;
using KernelBuild.Git.Objects;
using KernelBuild.Git.Repositories;

namespace KernelBuild.Fetch;

/// <summary>Trees put into folders of another tree, in the store alone: no file is written.</summary>
internal static class TreeGraft
{
    /// <param name="parts">Trees by folder; a folder inside another's comes after it.</param>
    /// <param name="folder">Room for an index.</param>
    /// <exception cref="DiagnosticException">KB1022 when a folder cannot be one.</exception>
    public static async Task<GitObjectId> RunAsync(
        GitStore store, GitObjectId root, IEnumerable<(string Path, GitObjectId Tree)> parts, string folder, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        var index = Path.Combine(folder, $"graft.{Guid.NewGuid():N}.index");
        try
        {
            await store.GitIn(folder, index, "read-tree", root.ToString()).RunAsync(cancellationToken);
            foreach (var (path, part) in parts)
            {
                await RequireFolderAsync(store, index, path, folder, cancellationToken);
                await ClearAsync(store, index, path, folder, cancellationToken);
                await store.GitIn(folder, index, "read-tree", "--prefix=" + path + "/", part.ToString()).RunAsync(cancellationToken);
            }

            return GitObjectId.Parse(await store.GitIn(folder, index, "write-tree").ReadAsync(cancellationToken));
        }
        finally
        {
            File.Delete(index);
            File.Delete(index + ".lock");
        }
    }

    /// <summary>git would write a tree with a file and a folder of one name.</summary>
    private static async Task RequireFolderAsync(GitStore store, string index, string path, string folder, CancellationToken cancellationToken)
    {
        for (var slash = path.IndexOf('/', StringComparison.Ordinal); slash > 0; slash = path.IndexOf('/', slash + 1))
        {
            var above = path[..slash];
            var inside = await ListAsync(store, index, above, folder, cancellationToken);
            if (inside.AsSpan().SequenceEqual(Encoding.UTF8.GetBytes(above + "\0")))
            {
                throw new DiagnosticException(Diagnostic.Error(
                    DiagnosticCodes.SourcePathInvalid, $"nothing can be put into '{path}': '{above}' is a file of the source",
                    "choose another Path"));
            }
        }
    }

    /// <summary>What the source itself has in that folder gives way: the item stands for all of it.</summary>
    private static async Task ClearAsync(GitStore store, string index, string path, string folder, CancellationToken cancellationToken)
    {
        var inside = await ListAsync(store, index, path, folder, cancellationToken);
        if (inside.Length == 0)
        {
            return;
        }

        await (store.GitIn(folder, index, "update-index", "--force-remove", "-z", "--stdin") with
        {
            InputProducer = async (stream, token) => await stream.WriteAsync(inside, token),
        }).RunAsync(cancellationToken);
    }

    /// <summary>Paths of the index that are a path or below it, each with a NUL behind it.</summary>
    private static async Task<byte[]> ListAsync(GitStore store, string index, string path, string folder, CancellationToken cancellationToken)
    {
        using var paths = new MemoryStream();
        await (store.GitIn(folder, index, "ls-files", "-z", "--", ":(literal,top)" + path) with
        {
            OutputConsumer = (stream, token) => stream.CopyToAsync(paths, token),
        }).RunAsync(cancellationToken);
        return paths.ToArray();
    }
}
