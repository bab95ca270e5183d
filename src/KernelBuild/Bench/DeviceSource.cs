using KernelBuild.Build;
using KernelBuild.Fetch;
using KernelBuild.Git.Objects;
using KernelBuild.Git.Repositories;
using KernelBuild.Host.Files;
using KernelBuild.Host.Reporting;

namespace KernelBuild.Bench;

/// <summary>The source commit of a device, fetched if the store does not hold it, without a build.</summary>
internal static class DeviceSource
{
    public static async Task<GitObjectId> FetchAsync(
        string rootFolder, string device, DeviceEvaluation evaluation, CacheFolder cache, GitStore store, BuildOptions options,
        IBuildLog log, CancellationToken cancellationToken)
    {
        var request = evaluation.RequestOf(rootFolder, device);
        return (await new FetchStage(request, LockFile.Load(request.LockFile), options, cache, store, log).RunAsync(cancellationToken)).Commit;
    }
}
