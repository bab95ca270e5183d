using KernelBuild.Devices;
using KernelBuild.Sources;
using KernelBuild.Store;

namespace KernelBuild.Patches.Bench;

/// <summary>The source commit of a device, fetched if the store does not hold it, without a build.</summary>
public static class DeviceSource
{
    public static async Task<GitObjectId> FetchAsync(
        string rootFolder, string device, DeviceEvaluation evaluation, CacheFolder cache, GitStore store, BuildOptions options, IBuildLog log, CancellationToken cancellationToken)
    {
        // the fetch stage reads name, project, root and source of a device; the rest is not for it
        var build = new DeviceBuild
        {
            Name = device,
            ProjectFile = new DeviceCatalog(rootFolder).Find(device),
            RootFolder = rootFolder,
            Architecture = "arm64",
            Clang = 0,
            KernelSource = evaluation.KernelSource,
            Defconfig = "",
            BootImageVersion = 0,
            KernelImage = "",
            Identity = new BuildIdentity("", "", "", ""),
        };
        return GitObjectId.Parse((await new FetchStage(build, options, cache, store, log).RunAsync(cancellationToken)).Commit);
    }
}
