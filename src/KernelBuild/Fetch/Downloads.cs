using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;

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
            // pruning goes by it
            File.SetLastWriteTimeUtc(path, DateTime.UtcNow);
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

    /// <summary>Fetches a file from the first address that gives it; a part left by an interrupted run is continued where the server can.</summary>
    /// <exception cref="DiagnosticException">KB1003 for the network, KB1004 for the digest, KB1019 with --offline.</exception>
    public static async Task<string> FetchAsync(
        FetchContext context, IReadOnlyList<SourceAddress> addresses, Sha256Digest digest, CancellationToken cancellationToken)
    {
        var cache = context.Cache;
        if (await FindAsync(cache, digest, cancellationToken) is { } present)
        {
            return present;
        }

        if (context.Offline)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.OfflineMissing, $"--offline, and the cache does not hold {addresses[0].Display}", "run once without --offline"));
        }

        using var alone = await FolderLock.TakeAsync(cache.Downloads, cancellationToken);
        if (await FindAsync(cache, digest, cancellationToken) is { } meanwhile)
        {
            return meanwhile;
        }

        var part = Path.Combine(cache.Downloads, digest + ".part");
        var failures = new List<Diagnostic>();
        foreach (var address in addresses)
        {
            try
            {
                return await FetchAsync(context, address, digest, part, cancellationToken);
            }
            catch (DiagnosticException e) when (addresses.Count > 1)
            {
                failures.AddRange(e.Diagnostics);
                context.Log.Status($"{address.Display} does not give it: {e.Diagnostics[0].Message}");
            }
        }

        throw new DiagnosticException(failures[0] with
        {
            Details = [.. failures[0].Details, .. failures.Skip(1).Select(one => one.Message)],
        });
    }

    private static async Task<string> FetchAsync(
        FetchContext context, SourceAddress address, Sha256Digest digest, string part, CancellationToken cancellationToken)
    {
        context.Log.Status($"downloading {address.Display}");
        using var download = new HttpDownload(address, part, context.Network, context.Log);
        while (true)
        {
            var resumed = File.Exists(part) && new FileInfo(part).Length > 0;
            await download.RunAsync(cancellationToken);
            try
            {
                return await KeepAsync(context.Cache, part, digest, address.Display, cancellationToken);
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

    private static string PathOf(CacheFolder cache, Sha256Digest digest) => Path.Combine(cache.Downloads, "sha256", digest.ToString());
}
