using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;
using KernelBuild.Host.Reporting;

namespace KernelBuild.Fetch;

/// <summary>Files of the cache named by their SHA-256: a file is there whole and right, or not at all.</summary>
internal static class Downloads
{
    /// <summary>The file if it is there and still what its name says; a damaged one is removed.</summary>
    public static async Task<string?> FindAsync(CacheFolder cache, Sha256Digest digest, CancellationToken cancellationToken)
    {
        var path = PathOf(cache, digest);
        if (!File.Exists(path))
        {
            return null;
        }

        if (await Sha256Digest.OfFileAsync(path, cancellationToken) == digest)
        {
            return path;
        }

        File.Delete(path);
        return null;
    }

    /// <summary>Checks a file against its digest and moves it into the cache.</summary>
    /// <exception cref="DiagnosticException">KB1004; the file is left where it is.</exception>
    public static async Task<string> KeepAsync(
        CacheFolder cache, string file, Sha256Digest digest, string name, CancellationToken cancellationToken)
    {
        await RequireAsync(file, digest, name, cancellationToken);
        var target = PathOf(cache, digest);
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        File.Move(file, target, overwrite: true);
        return target;
    }

    /// <exception cref="DiagnosticException">KB1004.</exception>
    public static async Task RequireAsync(string file, Sha256Digest digest, string name, CancellationToken cancellationToken)
    {
        var found = await Sha256Digest.OfFileAsync(file, cancellationToken);
        if (found != digest)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.DigestMismatch,
                $"'{name}' has the SHA-256 {found}; {digest} was expected",
                "nothing was unpacked; either the file was damaged or replaced on its way, or the digest belongs to another file"));
        }
    }

    /// <summary>Fetches a URL; a part left by an interrupted run is continued where the server can.</summary>
    /// <exception cref="DiagnosticException">KB1003 for the network, KB1004 for the digest.</exception>
    public static async Task<string> FetchAsync(
        CacheFolder cache, Uri location, Sha256Digest digest, IBuildLog log, CancellationToken cancellationToken)
    {
        if (await FindAsync(cache, digest, cancellationToken) is { } present)
        {
            return present;
        }

        using var alone = await FolderLock.TakeAsync(cache.Downloads, cancellationToken);
        if (await FindAsync(cache, digest, cancellationToken) is { } meanwhile)
        {
            return meanwhile;
        }

        var part = Path.Combine(cache.Downloads, digest + ".part");
        log.Status($"downloading {location}");
        using var client = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
        for (var attempt = 1; ; attempt++)
        {
            var resumed = File.Exists(part) && new FileInfo(part).Length > 0;
            try
            {
                await ReceiveAsync(client, location, part, log, cancellationToken);
            }
            catch (Exception e) when (e is HttpRequestException or IOException && e is not FileNotFoundException
                && !DiskSpace.IsExhausted(e))
            {
                if (attempt < 3 && e is not HttpRequestException { StatusCode: not null })
                {
                    continue;
                }

                throw new DiagnosticException(
                    Diagnostic.Error(
                        DiagnosticCodes.DownloadFailed,
                        $"{location} cannot be fetched: {e.Message}",
                        "check the network and the address; run again, and the download goes on where it stopped"),
                    e);
            }

            try
            {
                return await KeepAsync(cache, part, digest, location.ToString(), cancellationToken);
            }
            catch (DiagnosticException)
            {
                File.Delete(part);
                if (!resumed)
                {
                    throw;
                }

                // the part was of another file, or damaged: once more from the start
            }
        }
    }

    private static async Task ReceiveAsync(HttpClient client, Uri location, string part, IBuildLog log, CancellationToken cancellationToken)
    {
        var have = File.Exists(part) ? new FileInfo(part).Length : 0;
        using var request = new HttpRequestMessage(HttpMethod.Get, location);
        if (have > 0)
        {
            request.Headers.Range = new RangeHeaderValue(have, null);
        }

        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            // all of it is there already, or more than there should be: the digest decides
            return;
        }

        response.EnsureSuccessStatusCode();
        var goesOn = response.StatusCode == HttpStatusCode.PartialContent && response.Content.Headers.ContentRange?.From == have;
        await using var file = new FileStream(part, goesOn ? FileMode.Append : FileMode.Create, FileAccess.Write, FileShare.None);
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        var total = (goesOn ? have : 0) + (response.Content.Headers.ContentLength ?? 0);
        var buffer = new byte[1 << 17];
        int read;
        while ((read = await body.ReadAsync(buffer, cancellationToken)) > 0)
        {
            await file.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            log.Progress(
                string.Create(CultureInfo.InvariantCulture, $"downloading {file.Length / 1e6:0.0} MB"),
                total > 0 ? Math.Min(1, (double)file.Length / total) : null);
        }

        if (response.Content.Headers.ContentLength is { } length && file.Length < (goesOn ? have : 0) + length)
        {
            throw new IOException("the connection ended early");
        }
    }

    private static string PathOf(CacheFolder cache, Sha256Digest digest) => Path.Combine(cache.Downloads, "sha256", digest.ToString());
}
