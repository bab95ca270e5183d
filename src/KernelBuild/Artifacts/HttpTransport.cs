using System.Net;

namespace KernelBuild.Artifacts;

/// <summary>A web server that takes PUT, such as nginx with its WebDAV module. Paths are those of a folder's store.</summary>
public sealed class HttpTransport(string url) : IArtifactTransport
{
    private readonly StoreServer _server = new(url);

    public string Display => _server.Display;

    public async Task<byte[]?> FindEntryAsync(string key, CancellationToken cancellationToken)
    {
        using var response = await _server.SendAsync(
            () => new HttpRequestMessage(HttpMethod.Get, EntryOf(key)), cancellationToken, HttpStatusCode.NotFound);
        return response.StatusCode == HttpStatusCode.NotFound ? null : await response.Content.ReadAsByteArrayAsync(cancellationToken);
    }

    public async Task PutEntryAsync(ArtifactEntry entry, CancellationToken cancellationToken)
    {
        using var response = await _server.SendAsync(
            () => new HttpRequestMessage(HttpMethod.Put, EntryOf(entry.Key)) { Content = new ByteArrayContent(entry.ToBytes()) },
            cancellationToken);
    }

    public Task<bool> GetBlobAsync(ArtifactFile blob, Stream target, CancellationToken cancellationToken) =>
        _server.CopyAsync(BlobOf(blob), target, cancellationToken);

    public async Task PutBlobAsync(ArtifactFile blob, string path, bool replace, CancellationToken cancellationToken)
    {
        if (!replace && await _server.HoldsAsync(BlobOf(blob), blob.Size, cancellationToken))
        {
            return;
        }

        using var response = await _server.SendAsync(
            () => new HttpRequestMessage(HttpMethod.Put, BlobOf(blob)) { Content = new StreamContent(File.OpenRead(path)) },
            cancellationToken);
    }

    public void Dispose() => _server.Dispose();

    private Uri EntryOf(string key) => _server.UriOf($"entries/{key}.json");

    private Uri BlobOf(ArtifactFile blob) => _server.UriOf($"blobs/sha256/{blob.Sha256}");
}
