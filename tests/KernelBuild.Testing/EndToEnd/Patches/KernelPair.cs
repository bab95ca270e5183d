using KernelBuild.Device;
using KernelBuild.Diagnostics;
using KernelBuild.Fetch;
using KernelBuild.Git.Objects;
using KernelBuild.Git.Repositories;
using KernelBuild.Host.Files;
using KernelBuild.Host.Reporting;

namespace KernelBuild.Testing.EndToEnd.Patches;

/// <summary>Debian's linux-source-6.1 and linux-source-6.12 as commits of the user's store: two real kernel trees.</summary>
public sealed record KernelPair(GitStore Store, GitObjectId Old, GitObjectId New)
{
    public static async Task<KernelPair> FetchAsync()
    {
        var cache = CacheFolder.FromEnvironment();
        var store = await GitStore.OpenAsync(cache.Store, CancellationToken.None);
        return new KernelPair(
            store, await FetchAsync(cache, store, "linux-source-6.1"), await FetchAsync(cache, store, "linux-source-6.12"));
    }

    private static async Task<GitObjectId> FetchAsync(CacheFolder cache, GitStore store, string package)
    {
        // the lock file stays with the cache, so that the next run asks nobody
        var folder = Path.Combine(cache.Path, "test-sources", package);
        Directory.CreateDirectory(folder);
        var request = new SourceRequest(
            new SourceItem("debian:" + package), Path.Combine(folder, package + ".kernelproj"), new DeviceFolders(folder, package));
        var source =
            await new FetchStage(request, LockFile.Load(request.LockFile), new BuildOptions(), cache, store, new SilentLog()).RunAsync(
                CancellationToken.None);
        return source.Commit;
    }

    private sealed class SilentLog : IBuildLog
    {
        public void Status(string message)
        {
        }

        public void Progress(string message, double? fraction = null)
        {
        }

        public void Report(Diagnostic diagnostic)
        {
        }
    }
}
