using System.Globalization;
using System.Net;
using System.Web;
using Amazon;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using KernelBuild.Fetch;

namespace KernelBuild.Artifacts;

/// <summary>
/// A bucket of S3 or of a server that speaks its protocol. Objects are named as the files of a folder's store. Keys, profile, region and
/// session come from where AWS' own programs take them: variables, ~/.aws, a web identity, the instance.
/// </summary>
public sealed class S3Transport : IArtifactTransport
{
    public const string Scheme = "s3://";

    private readonly AmazonS3Client _client;
    private readonly string _bucket;
    private readonly string _prefix;

    /// <param name="address">s3://BUCKET[/PREFIX][?region=REGION][&amp;endpoint=URL].</param>
    /// <exception cref="Diagnostics.DiagnosticException">KB9045 for an address of another form, or without a region.</exception>
    public S3Transport(string address)
    {
        var (path, query) = address[Scheme.Length..].Split('?', 2) is [var before, var after] ? (before, after) : (address[Scheme.Length..], "");
        (_bucket, var prefix) = path.Split('/', 2) is [var bucket, var rest] ? (bucket, rest.Trim('/')) : (path, "");
        _prefix = prefix.Length == 0 ? "" : prefix + "/";
        if (_bucket.Length == 0 || _bucket.AsSpan().ContainsAny('@', ':'))
        {
            throw StoreAddress.Unusable(address, "s3:// is followed by the name of a bucket; keys are taken from AWS' variables or files, not from an address");
        }

        Display = Scheme + (prefix.Length == 0 ? _bucket : $"{_bucket}/{prefix}");
        _client = ClientOf(address, query);
    }

    public string Display { get; }

    public async Task<byte[]?> FindEntryAsync(string key, CancellationToken cancellationToken)
    {
        using var content = new MemoryStream();
        return await CopyAsync(EntryOf(key), content, cancellationToken) ? content.ToArray() : null;
    }

    public async Task PutEntryAsync(ArtifactEntry entry, CancellationToken cancellationToken)
    {
        using var content = new MemoryStream(entry.ToBytes());
        await PutAsync(EntryOf(entry.Key), content, "application/json", cancellationToken);
    }

    public Task<bool> GetBlobAsync(ArtifactFile blob, Stream target, CancellationToken cancellationToken) =>
        CopyAsync(BlobOf(blob), target, cancellationToken);

    public async Task PutBlobAsync(ArtifactFile blob, string path, bool replace, CancellationToken cancellationToken)
    {
        if (!replace && await HoldsAsync(blob, cancellationToken))
        {
            return;
        }

        await using var content = File.OpenRead(path);
        await PutAsync(BlobOf(blob), content, "application/octet-stream", cancellationToken);
    }

    public void Dispose() => _client.Dispose();

    private static AmazonS3Client ClientOf(string address, string query)
    {
        var options = HttpUtility.ParseQueryString(query);
        foreach (var name in options.AllKeys)
        {
            if (name is not ("region" or "endpoint") || options[name] is not { Length: > 0 })
            {
                throw StoreAddress.Unusable(address, $"'{name}' is no option of s3://; there are region=REGION and endpoint=URL");
            }
        }

        var endpoint = options["endpoint"] ?? Environment.GetEnvironmentVariable("AWS_ENDPOINT_URL_S3")
            ?? Environment.GetEnvironmentVariable("AWS_ENDPOINT_URL");
        try
        {
            var config = new AmazonS3Config
            {
                // servers other than Amazon's know neither the newer checksums nor a host for each bucket
                RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
                ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
                ForcePathStyle = endpoint is not null,
                Timeout = TimeSpan.FromMinutes(10),
            };
            if (endpoint is not null)
            {
                config.ServiceURL = Uri.TryCreate(endpoint, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url.UserInfo.Length == 0
                    ? endpoint
                    : throw StoreAddress.Unusable(address, "its endpoint is no http(s)://HOST");
                config.AuthenticationRegion = options["region"] ?? FallbackRegionFactory.GetRegionEndpoint(includeInstanceMetadata: false)?.SystemName ?? "us-east-1";
            }
            else if (options["region"] is { } region)
            {
                config.RegionEndpoint = RegionEndpoint.GetBySystemName(region);
            }

            return new AmazonS3Client(config);
        }
        catch (AmazonClientException e)
        {
            throw StoreAddress.Unusable(address, e.Message, e);
        }
    }

    private async Task PutAsync(string name, Stream content, string type, CancellationToken cancellationToken)
    {
        var request = new PutObjectRequest
        {
            BucketName = _bucket,
            Key = name,
            InputStream = content,
            AutoCloseStream = false,
            ContentType = type,

            // signed as a whole: servers other than Amazon's keep the frames of signed chunks in the object
            UseChunkEncoding = false,
        };
        if (await AskAsync(token => _client.PutObjectAsync(request, token), cancellationToken) is null)
        {
            throw StoreAddress.Unusable(Display, "the server answers 404 to PUT");
        }
    }

    private async Task<bool> HoldsAsync(ArtifactFile blob, CancellationToken cancellationToken) =>
        await AskAsync(token => _client.GetObjectMetadataAsync(_bucket, BlobOf(blob), token), cancellationToken) is { } found
        && found.ContentLength == blob.Size;

    private async Task<bool> CopyAsync(string name, Stream target, CancellationToken cancellationToken)
    {
        using var response = await AskAsync(token => _client.GetObjectAsync(_bucket, name, token), cancellationToken);
        if (response is null)
        {
            return false;
        }

        try
        {
            await response.ResponseStream.CopyToAsync(target, cancellationToken);
            return true;
        }
        catch (AmazonClientException)
        {
            // all came, and it is not what the server's own sum is of: the store sees it by its digest, and says which file it is
            return true;
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw StoreAddress.Unusable(Display, "a transfer broke off", e);
        }
    }

    /// <summary>What the server answers; null when there is no such object. A bucket that is not there is an error.</summary>
    private async Task<T?> AskAsync<T>(Func<CancellationToken, Task<T>> request, CancellationToken cancellationToken)
        where T : AmazonWebServiceResponse
    {
        try
        {
            return await request(cancellationToken);
        }
        catch (AmazonS3Exception e) when (e.StatusCode == HttpStatusCode.NotFound && e.ErrorCode is "NoSuchKey" or "NotFound")
        {
            return null;
        }
        catch (AmazonS3Exception e)
        {
            var why = string.Create(CultureInfo.InvariantCulture, $"the server answers {(int)e.StatusCode} {e.ErrorCode}: {e.Message}");
            throw StoreAddress.Unusable(Display, e.StatusCode == HttpStatusCode.Forbidden
                ? why + " (without the right s3:ListBucket it says so for objects that are not there, too)" : why, e);
        }
        catch (Exception e) when (e is AmazonClientException or AmazonServiceException or HttpRequestException or IOException
            || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw StoreAddress.Unusable(Display, SourceAddress.Redacted(e.Message), e);
        }
    }

    private string EntryOf(string key) => $"{_prefix}entries/{key}.json";

    private string BlobOf(ArtifactFile blob) => $"{_prefix}blobs/sha256/{blob.Sha256}";
}
