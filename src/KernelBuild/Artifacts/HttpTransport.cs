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

    public async Task<bool> GetBlobAsync(ArtifactFile blob, Stream target, CancellationToken cancellationToken)
    {
        using var response = await _server.SendAsync(
            () => new HttpRequestMessage(HttpMethod.Get, BlobOf(blob)), cancellationToken, HttpStatusCode.NotFound);
        if (response.StatusCode == HttpStatusCode.NotFound)
        {
            return false;
        }

        try
        {
            await response.Content.CopyToAsync(target, cancellationToken);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw StoreAddress.Unusable(Display, "a transfer broke off", e);
        }

        return true;
    }

    public async Task PutBlobAsync(ArtifactFile blob, string path, bool replace, CancellationToken cancellationToken)
    {
        if (!replace)
        {
            using var there = await _server.SendAsync(
                () => new HttpRequestMessage(HttpMethod.Head, BlobOf(blob)), cancellationToken, HttpStatusCode.NotFound);
            if (there.IsSuccessStatusCode && there.Content.Headers.ContentLength == blob.Size)
            {
                return;
            }
        }

        using var response = await _server.SendAsync(
            () => new HttpRequestMessage(HttpMethod.Put, BlobOf(blob)) { Content = new StreamContent(File.OpenRead(path)) },
            cancellationToken);
    }

    public void Dispose() => _server.Dispose();

    private Uri EntryOf(string key) => _server.UriOf($"entries/{key}.json");

    private Uri BlobOf(ArtifactFile blob) => _server.UriOf($"blobs/sha256/{blob.Sha256}");
}
