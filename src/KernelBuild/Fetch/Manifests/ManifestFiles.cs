using System.Text;
using KernelBuild.Git.Objects;
using KernelBuild.Git.Repositories;

namespace KernelBuild.Fetch.Manifests;

/// <summary>Files of a manifest's repository in the store; symbolic links among them are followed, as a checkout would.</summary>
internal sealed class ManifestFiles(GitStore store, GitObjectId tree)
{
    private const int MostLinks = 8;

    /// <summary>Null when there is no such file.</summary>
    public async Task<byte[]?> ReadAsync(string file, CancellationToken cancellationToken)
    {
        for (var links = 0; links <= MostLinks; links++)
        {
            if (await StoredEntry.FindAsync(store, tree, file, cancellationToken) is not { IsFolder: false, IsRepository: false } entry)
            {
                return null;
            }

            var content = await entry.ReadAsync(store, cancellationToken);
            if (!entry.IsLink)
            {
                return content;
            }

            var target = Encoding.UTF8.GetString(content);
            if (target.StartsWith('/') || Follow(ManifestPath.FolderOf(file), target) is not { } next)
            {
                return null;
            }

            file = next;
        }

        return null;
    }

    private static string? Follow(string folder, string target)
    {
        var parts = new List<string>(folder.Split('/', StringSplitOptions.RemoveEmptyEntries));
        foreach (var part in target.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(part => part != "."))
        {
            if (part != "..")
            {
                parts.Add(part);
            }
            else if (parts.Count == 0)
            {
                return null;
            }
            else
            {
                parts.RemoveAt(parts.Count - 1);
            }
        }

        return string.Join('/', parts);
    }
}
