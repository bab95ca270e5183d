using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using KernelBuild.Host.Files;

namespace KernelBuild.Artifacts;

/// <summary>
/// An OCI registry: an entry is a manifest with the key as its tag, a layer for each file with its name in
/// org.opencontainers.image.title, as <c>oras</c> pushes and pulls files; the entry itself is the config. Sources: OCI distribution
/// specification 1.1, OCI image specification 1.1, oras.land "OCI artifacts".
/// </summary>
public sealed partial class OciTransport : IArtifactTransport
{
    public const string EntryType = "application/vnd.kernelbuild.entry.v1+json";
    private const string ManifestType = "application/vnd.oci.image.manifest.v1+json";
    private const string FileType = "application/octet-stream";

    private readonly StoreServer _server;
    private readonly string _repository;

    /// <param name="url">http(s)://REGISTRY/REPOSITORY.</param>
    public OciTransport(string url)
    {
        // Docker Hub's registry is at another name than the one that everybody writes
        var whole = new StoreServer(DockerHub().Replace(url, "${before}registry-1.docker.io"), isRegistry: true);
        _repository = whole.Base.AbsolutePath.Trim('/');
        if (_repository.Length == 0)
        {
            whole.Dispose();
            throw StoreAddress.Unusable(url, "it names no repository behind the registry");
        }

        _server = whole;
    }

    public string Display => _server.Display;

    public async Task<byte[]?> FindEntryAsync(string key, CancellationToken cancellationToken)
    {
        using var response = await _server.SendAsync(
            () =>
            {
                var request = new HttpRequestMessage(HttpMethod.Get, UriOf("manifests/" + key));
                request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(ManifestType));
                return request;
            },
            cancellationToken, HttpStatusCode.NotFound);
        if (response.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }

        string? digest;
        try
        {
            using var manifest = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(cancellationToken));
            digest = manifest.RootElement.GetProperty("config").GetProperty("digest").GetString();
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            // there, and no entry: the store says so
            return [];
        }

        using var config = await _server.SendAsync(
            () => new HttpRequestMessage(HttpMethod.Get, UriOf("blobs/" + digest)), cancellationToken, HttpStatusCode.NotFound);
        return config.StatusCode == HttpStatusCode.NotFound ? [] : await config.Content.ReadAsByteArrayAsync(cancellationToken);
    }

    public async Task PutEntryAsync(ArtifactEntry entry, CancellationToken cancellationToken)
    {
        var config = entry.ToBytes();
        var descriptor = new ArtifactFile("", config.Length, Sha256Digest.Of(config));
        await PushAsync(descriptor, () => new ByteArrayContent(config), cancellationToken);
        var manifest = Encoding.UTF8.GetBytes(ManifestOf(entry, descriptor).ToJsonString());
        using var response = await _server.SendAsync(
            () => new HttpRequestMessage(HttpMethod.Put, UriOf("manifests/" + entry.Key))
            {
                Content = new ByteArrayContent(manifest) { Headers = { ContentType = new MediaTypeHeaderValue(ManifestType) } },
            },
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

        await PushAsync(blob, () => new StreamContent(File.OpenRead(path)), cancellationToken);
    }

    public void Dispose() => _server.Dispose();

    /// <summary>POST opens an upload, PUT to the address that it answers ends it ("pushing a blob monolithically").</summary>
    private async Task PushAsync(ArtifactFile blob, Func<HttpContent> content, CancellationToken cancellationToken)
    {
        using var upload = await _server.SendAsync(
            () => new HttpRequestMessage(HttpMethod.Post, UriOf("blobs/uploads/")), cancellationToken);
        var location = new Uri(_server.Base, upload.Headers.Location
            ?? throw StoreAddress.Unusable(Display, "the registry names no address for an upload"));
        var address = new Uri($"{location}{(location.Query.Length > 0 ? "&" : "?")}digest=sha256:{blob.Sha256}");
        using var response = await _server.SendAsync(
            () =>
            {
                var request = new HttpRequestMessage(HttpMethod.Put, address) { Content = content() };
                request.Content.Headers.ContentType = new MediaTypeHeaderValue(FileType);
                return request;
            },
            cancellationToken);
    }

    private static JsonObject ManifestOf(ArtifactEntry entry, ArtifactFile config) => new()
    {
        ["schemaVersion"] = 2,
        ["mediaType"] = ManifestType,
        ["artifactType"] = EntryType,
        ["config"] = Descriptor(config, EntryType),
        ["layers"] = new JsonArray([.. entry.Files.Select(file =>
        {
            var layer = Descriptor(file, FileType);
            layer["annotations"] = new JsonObject { ["org.opencontainers.image.title"] = file.Name };
            return (JsonNode)layer;
        })]),
    };

    private static JsonObject Descriptor(ArtifactFile file, string type) => new()
    {
        ["mediaType"] = type,
        ["digest"] = "sha256:" + file.Sha256,
        ["size"] = file.Size,
    };

    private Uri UriOf(string path) => new UriBuilder(_server.Base) { Path = $"/v2/{_repository}/{path}" }.Uri;

    private Uri BlobOf(ArtifactFile blob) => UriOf($"blobs/sha256:{blob.Sha256}");

    [GeneratedRegex("^(?<before>https://([^/@]*@)?)docker\\.io(?=/)")]
    private static partial Regex DockerHub();
}
