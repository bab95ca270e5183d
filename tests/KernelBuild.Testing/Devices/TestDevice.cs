using KernelBuild.CheckOut;
using KernelBuild.Device;
using KernelBuild.Fetch;
using KernelBuild.Git.Repositories;
using KernelBuild.Host.Files;
using KernelBuild.Host.Reporting;

namespace KernelBuild.Testing.Devices;

/// <summary>A device, a cache and a store in a folder of their own.</summary>
public sealed class TestDevice : IDisposable
{
    private readonly TestFolder _folder = new();
    private GitStore? _store;

    public TestDevice() => Project = _folder.Write("kernels/demo/demo.kernelproj", "<Project />");

    public string Project { get; }

    public TestLog Log { get; } = new();

    public CacheFolder Cache => new(_folder["cache"]);

    public string this[string relative] => _folder[relative];

    public TestFolder Files => _folder;

    public DeviceFolders Folders => Device("").Folders;

    public string LockFile => Device("").LockFile;

    public DeviceBuild Device(string source) => new()
    {
        Name = "demo",
        ProjectFile = Project,
        RootFolder = _folder.Path,
        Architecture = "arm64",
        Toolchain = new ToolchainRequest { Clang = 19 },
        KernelSource = new SourceItem(source),
        Defconfigs = ["tinyconfig"],
        BootImageVersion = 4,
        KernelImage = "Image",
        Identity = new BuildIdentity("Thu Jan  1 00:00:00 UTC 1970", "kernelbuild", "localhost", "1"),
    };

    public async Task<GitStore> StoreAsync() => _store ??= await GitStore.OpenAsync(Cache.Store, CancellationToken.None);

    /// <summary>What git sees of the user and how patient fetching is; a home without settings, and short waits.</summary>
    public NetworkSettings Network { get; set; } = NetworkSettings.OfThisProcess() with { FirstWait = TimeSpan.FromMilliseconds(10) };

    public Task<LockedSource> FetchAsync(string source, bool locked = false) =>
        FetchAsync([new SourceItem(source)], new BuildOptions { Locked = locked });

    public Task<LockedSource> FetchAsync(SourceItem source) => FetchAsync([source], new BuildOptions());

    public Task<LockedSource> FetchAsync(SourceItem source, BuildOptions options) => FetchAsync([source], options);

    /// <param name="sources">The kernel's first.</param>
    public async Task<LockedSource> FetchAsync(IReadOnlyList<SourceItem> sources, BuildOptions options) =>
        await new FetchStage(
            (Device("") with { KernelSource = sources[0], SourceParts = [.. sources.Skip(1)] }).SourceRequest,
            KernelBuild.Fetch.LockFile.Load(LockFile), options, Cache, await StoreAsync(), Log) { Network = Network }
            .RunAsync(CancellationToken.None);

    public async Task<WorkTree> WorkTreeAsync() => new(Folders, await StoreAsync(), Log);

    /// <summary>git on the store, not through our runner.</summary>
    public string Git(params string[] arguments) => Oracle.Git(_folder.Path, ["--git-dir=" + Cache.Store, .. arguments]);

    /// <summary>git on the work tree with its index.</summary>
    public string GitInTree(params string[] arguments) =>
        Oracle.Text(
            Folders.Tree, "env",
            ["GIT_INDEX_FILE=" + Folders.TreeIndex, "git", "--git-dir=" + Cache.Store, "--work-tree=" + Folders.Tree, .. arguments]);

    /// <summary>Forgets the store, as on another machine.</summary>
    public void DeleteCache()
    {
        Directory.Delete(Cache.Path, recursive: true);
        _store = null;
    }

    public void Dispose() => _folder.Dispose();
}
