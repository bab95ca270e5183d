using System.Security.Cryptography;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;

namespace KernelBuild.Artifacts;

/// <summary>
/// Builds by their content keys. An entry is written after its blobs and checked, byte by byte, before anything of it is seen: a damaged
/// one counts as absent.
/// </summary>
public sealed class ArtifactStore(IArtifactTransport transport) : IDisposable
{
    public string Display => transport.Display;

    /// <summary>An entry without its files: what a plan needs to know. The fetch may still find it damaged.</summary>
    public async Task<ArtifactEntry?> FindAsync(string key, CancellationToken cancellationToken) =>
        await transport.FindEntryAsync(key, cancellationToken) is { } bytes ? ArtifactEntry.Read(bytes, key, out _) : null;

    /// <summary>Puts the files of an entry into a folder, which is there only when every digest is right.</summary>
    /// <param name="target">Replaced as a whole; untouched when the store has no usable entry.</param>
    public async Task<FetchedEntry> FetchAsync(string key, string target, CancellationToken cancellationToken)
    {
        if (await transport.FindEntryAsync(key, cancellationToken) is not { } bytes)
        {
            return new FetchedEntry(null, null);
        }

        if (ArtifactEntry.Read(bytes, key, out var problem) is not { } entry)
        {
            return Damaged(key, problem);
        }

        var temporary = $"{target}.{Guid.NewGuid():n}.part";
        Directory.CreateDirectory(temporary);
        try
        {
            foreach (var file in entry.Files)
            {
                if (await FetchFileAsync(file, Path.Combine(temporary, file.Name), cancellationToken) is { } damage)
                {
                    return Damaged(key, damage);
                }
            }

            FolderSwap.Replace(temporary, target);
            return new FetchedEntry(entry, null);
        }
        finally
        {
            if (Directory.Exists(temporary))
            {
                Directory.Delete(temporary, recursive: true);
            }
        }
    }

    /// <param name="folder">Holds the files under their names.</param>
    /// <param name="replace">The store's entry was found to be damaged: write every blob again.</param>
    /// <returns>The entry as it stands in the store.</returns>
    public async Task<ArtifactEntry> PutAsync(
        string key, string folder, IEnumerable<string> names, IEnumerable<KeyValuePair<string, string>> facts, bool replace,
        CancellationToken cancellationToken)
    {
        var files = new List<ArtifactFile>();
        foreach (var name in names)
        {
            var path = Path.Combine(folder, name);
            var file = new ArtifactFile(name, new FileInfo(path).Length, await Sha256Digest.OfFileAsync(path, cancellationToken));
            await transport.PutBlobAsync(file, path, replace, cancellationToken);
            files.Add(file);
        }

        var entry = ArtifactEntry.Of(key, files, facts);
        await transport.PutEntryAsync(entry, cancellationToken);
        return entry;
    }

    public void Dispose() => transport.Dispose();

    /// <returns>What is wrong with the blob; null when it is right.</returns>
    private async Task<string?> FetchFileAsync(ArtifactFile file, string path, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var sha = SHA256.Create();
        var isThere = false;
        await using (var stream = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None))
        await using (var hashed = new CryptoStream(stream, sha, CryptoStreamMode.Write, leaveOpen: true))
        {
            isThere = await transport.GetBlobAsync(file, hashed, cancellationToken);
            await hashed.FlushFinalBlockAsync(cancellationToken);
        }

        return !isThere ? $"the blob of {file.Name} is not there"
            : Convert.ToHexStringLower(sha.Hash!) != file.Sha256.ToString() ? $"the blob of {file.Name} has another SHA-256 than its name"
            : null;
    }

    private FetchedEntry Damaged(string key, string why) => new(null, Diagnostic.Warning(
        DiagnosticCodes.ArtifactEntryDamaged, $"the entry {key} of the artifact store {Display} is damaged: {why}") with
    {
        Consequence = "nothing of it is used; the cell is built, and the entry is written anew",
    });
}
