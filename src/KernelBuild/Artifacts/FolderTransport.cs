namespace KernelBuild.Artifacts;

/// <summary>
/// A folder, which machines may share: entries/KEY.json and blobs/sha256/DIGEST. Files are written in tmp/ under a name that no other
/// client has, flushed, and renamed.
/// </summary>
public sealed class FolderTransport(string folder) : IArtifactTransport
{
    /// <summary>No client writes a file for longer: what is older was left by one that was killed.</summary>
    private static readonly TimeSpan _abandoned = TimeSpan.FromDays(1);

    private bool _swept;

    public string Display => folder;

    public async Task<byte[]?> FindEntryAsync(string key, CancellationToken cancellationToken)
    {
        try
        {
            return await File.ReadAllBytesAsync(EntryOf(key), cancellationToken);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    public Task PutEntryAsync(ArtifactEntry entry, CancellationToken cancellationToken) => WriteAsync(
        EntryOf(entry.Key), async stream => await stream.WriteAsync(entry.ToBytes(), cancellationToken), cancellationToken);

    public async Task<bool> GetBlobAsync(ArtifactFile blob, Stream target, CancellationToken cancellationToken)
    {
        try
        {
            await using var source = File.OpenRead(BlobOf(blob));
            await source.CopyToAsync(target, cancellationToken);
            return true;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
    }

    public async Task PutBlobAsync(ArtifactFile blob, string path, bool replace, CancellationToken cancellationToken)
    {
        var target = BlobOf(blob);
        if (!replace && new FileInfo(target) is { Exists: true } there && there.Length == blob.Size)
        {
            return;
        }

        await WriteAsync(
            target,
            async stream =>
            {
                await using var source = File.OpenRead(path);
                await source.CopyToAsync(stream, cancellationToken);
            },
            cancellationToken);
    }

    public void Dispose()
    {
    }

    private string EntryOf(string key) => Path.Combine(folder, "entries", key + ".json");

    private string BlobOf(ArtifactFile blob) => Path.Combine(folder, "blobs", "sha256", blob.Sha256.ToString());

    private async Task WriteAsync(string target, Func<Stream, Task> write, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var temporaries = Path.Combine(folder, "tmp");
        Directory.CreateDirectory(temporaries);
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        SweepOnce(temporaries);
        var temporary = Path.Combine(temporaries, Guid.NewGuid().ToString("n"));
        try
        {
            await using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                await write(stream);
                await stream.FlushAsync(cancellationToken);
                RandomAccess.FlushToDisk(stream.SafeFileHandle);
            }

            File.Move(temporary, target, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    private void SweepOnce(string temporaries)
    {
        if (_swept)
        {
            return;
        }

        _swept = true;
        var files = new DirectoryInfo(temporaries).EnumerateFiles();
        foreach (var old in files.Where(file => DateTime.UtcNow - file.LastWriteTimeUtc > _abandoned))
        {
            old.Delete();
        }
    }
}
