using System.Diagnostics;
using KernelBuild.CheckOut;
using KernelBuild.Compile;
using KernelBuild.Configure;
using KernelBuild.Device;
using KernelBuild.Diagnostics;
using KernelBuild.Fetch;
using KernelBuild.Git.Objects;
using KernelBuild.Git.Repositories;
using KernelBuild.Host.Files;
using KernelBuild.Host.Prerequisites;
using KernelBuild.Host.Reporting;
using KernelBuild.Manifest;
using KernelBuild.Pack;
using KernelBuild.Patch;
using KernelBuild.Patches.Blame;
using KernelBuild.Patches.Engine;
using KernelBuild.Patches.Series;
using KernelBuild.Stages;
using KernelBuild.Toolchains;

namespace KernelBuild.Build;

/// <summary>
/// One build of one device: the stages in their order, each reading what the ones before left in the state file. The MSBuild
/// tasks call one method each; nothing is kept in memory between them.
/// </summary>
public sealed class BuildSession(DeviceBuild device, BuildOptions options, IBuildLog log)
{
    private readonly CacheFolder _cache = CacheFolder.FromEnvironment();

    public DeviceBuild Device => device;

    /// <summary>Forgets what the last build claimed: from here to the manifest there is no valid build.</summary>
    public void Begin()
    {
        DeviceHost.RequireLinux();
        RequireUsablePath();
        Directory.CreateDirectory(device.Folders.Work);
        File.Delete(device.Folders.UpToDateFile);
        BuildManifest.Invalidate(device.Folders);
        device.Save(device.Folders.DeviceFile);
        new BuildState().Save(device.Folders);
    }

    public async Task EnsurePrerequisitesAsync(CancellationToken cancellationToken)
    {
        await Prerequisites.EnsureAsync(PrerequisitesOf(device), options, log, cancellationToken);
        (BuildState.Load(device.Folders) with { ToolsReady = DateTime.UtcNow }).Save(device.Folders);
    }

    public Task FetchAsync(CancellationToken cancellationToken) => RunAsync("fetch", async state =>
    {
        var store = await OpenStoreAsync(cancellationToken);
        var source = await new FetchStage(device.SourceRequest, options, _cache, store, log).RunAsync(cancellationToken);
        return state with { Source = source };
    });

    public Task PatchAsync(CancellationToken cancellationToken) => RunAsync("patch", async state =>
    {
        var store = await OpenStoreAsync(cancellationToken);
        var patched = await new PatchStage(device, store, new PatchEngine(store), Records(), log)
            .RunAsync(GitObjectId.Parse(state.Source!.Commit), cancellationToken);
        var tree = await store.FindTreeAsync(patched.Commit, cancellationToken)
            ?? throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.StoreDamaged,
                $"the store lacks the tree of {patched.Commit}",
                $"delete {_cache.Store}; it is filled again by the next build"));
        return state with
        {
            PatchedCommit = patched.Commit.ToString(),
            PatchedTree = tree.ToString(),
            Patches = [.. patched.Patches.Select(Describe)],
        };
    });

    public Task CheckOutAsync(CancellationToken cancellationToken) => RunAsync("checkout", async state =>
    {
        var store = await OpenStoreAsync(cancellationToken);
        await new WorkTree(device.Folders, store, log).CheckOutAsync(GitObjectId.Parse(state.PatchedCommit), cancellationToken);
        return state;
    });

    public Task ConfigureAsync(CancellationToken cancellationToken) => RunAsync("configure", async state =>
    {
        var store = await OpenStoreAsync(cancellationToken);
        var toolchain = await Toolchain.ProbeAsync(device, _cache, cancellationToken);
        await new ConfigureStage(device, store, toolchain, Records(), log).RunAsync(GitObjectId.Parse(state.PatchedCommit), cancellationToken);
        return state;
    });

    public Task CompileAsync(CancellationToken cancellationToken) => RunAsync("compile", async state =>
    {
        var toolchain = await Toolchain.ProbeAsync(device, _cache, cancellationToken);
        var file = Path.Combine(device.Folders.Output, ".config");
        var config = KernelConfig.Parse(await File.ReadAllTextAsync(file, cancellationToken), file);
        try
        {
            var kernel = await new CompileStage(device, options, toolchain, Records(), log)
                .RunAsync(GitObjectId.Parse(state.PatchedTree), config, cancellationToken);
            return state with { Kernel = kernel };
        }
        catch (DiagnosticException e) when (state.Patches.Count > 0)
        {
            throw new DiagnosticException(await BlamePatchesAsync(e.Diagnostics, state, cancellationToken));
        }
    });

    public Task PackAsync(CancellationToken cancellationToken) => RunAsync("pack", async state =>
    {
        var products = await new PackStage(device, options, _cache, Records(), log).RunAsync(state.Kernel!, cancellationToken);
        return state with { Products = products };
    });

    public async Task WriteManifestAsync(CancellationToken cancellationToken)
    {
        var toolchain = await Toolchain.ProbeAsync(device, _cache, cancellationToken);
        BuildManifest.Write(device, BuildState.Load(device.Folders), toolchain);
    }

    /// <summary>Everything the finished build depended on besides what MSBuild read itself, and what it made.</summary>
    public void AddInputs(UpToDate record)
    {
        var state = BuildState.Load(device.Folders);
        var projectFolder = Path.GetDirectoryName(device.ProjectFile)!;
        record.AddInput(device.ProjectFile).AddFolder(projectFolder);
        if (LockFile.Load(device.LockFile).Source == state.Source)
        {
            record.AddOutput(device.LockFile);
        }
        else
        {
            record.AddInput(device.LockFile);
        }

        var series = device.WithoutPatches ? [] : device.PatchSeries.Select(PatchSeries.Load).ToArray();
        string[] files =
        [
            .. series.Select(one => Path.Combine(one.Folder, "series")),
            .. series.SelectMany(one => one.Patches).Select(patch => patch.Path),
            .. device.ConfigFragments,
            .. device.DeviceTrees.Concat(device.DeviceTreeOverlays).Where(Path.IsPathRooted).SelectMany(DeviceTreeSources.Closure),
            .. device.Ramdisk.Select(item => item.Source).Where(Path.IsPathRooted),
            .. device.AdditionalInputs,
            .. new[] { device.StockBootImage, device.BootImageKey }.OfType<string>(),
        ];
        foreach (var file in files)
        {
            record.AddInput(file);
        }

        // a pattern in the project may find more files next time: below the fixed part of a ramdisk's pattern, beside other files
        foreach (var item in device.Ramdisk.Where(item => Path.IsPathRooted(item.Source) && item.Source.EndsWith("/" + item.Path, StringComparison.Ordinal)))
        {
            record.AddFolder(item.Source[..^(item.Path.Length + 1)]);
        }

        foreach (var file in files)
        {
            record.AddFolder(Path.GetDirectoryName(file)!, recursive: false);
        }

        foreach (var product in state.Products.Append(BuildManifest.FileName).Append(BuildManifest.SumsFileName))
        {
            record.AddOutput(Path.Combine(device.Folders.Artifacts, product));
        }

        var searchPath = Toolchain.SearchPathOf(device);
        foreach (var program in Toolchain.ProgramsOf(device).Append("ccache"))
        {
            record.AddProgram(program, searchPath, state.ToolsReady);
        }

        foreach (var library in LibrariesOfToolchain())
        {
            record.AddTool(library, state.ToolsReady);
        }
    }

    /// <summary>Whether the inputs can be told from a list of files at all: a local tree has too many.</summary>
    public bool HasListableInputs => KernelSourceSpec.Parse(device.KernelSource, Path.GetDirectoryName(device.ProjectFile)!) is not LocalTreeSpec;

    /// <summary>kbuild refuses blanks and colons in its folders, after minutes of fetching; make and the shell trip over the rest.</summary>
    private void RequireUsablePath()
    {
        if (device.Folders.Work.Any(c => char.IsWhiteSpace(c) || ":#$%'\"".Contains(c, StringComparison.Ordinal)))
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.HostUnsupported,
                $"kbuild cannot build in '{device.RootFolder}': the path has a blank or one of : # $ % ' \"",
                "move the checkout to a path without them"));
        }
    }

    private static IEnumerable<Prerequisite> PrerequisitesOfSource(DeviceBuild device) =>
        device.KernelSource.StartsWith("debian:", StringComparison.Ordinal) || device.Ramdisk.Any(item => item.Source.StartsWith("debian:", StringComparison.Ordinal))
            ? [new Prerequisite("dpkg", static () => KernelBuild.Host.Processes.ProgramPath.Find("dpkg-deb") is not null)]
            : [];

    private static Prerequisite[] PrerequisitesOf(DeviceBuild device)
    {
        var needed = Prerequisites.ForBuild(device.Clang).Concat(PrerequisitesOfSource(device))
            .Where(one => device.CompilerCache || one.Package != "ccache");
        if (device.ToolchainFolder is { } folder)
        {
            // a toolchain of the device's own replaces the distribution's
            needed = needed.Where(one => !one.Package.StartsWith("clang-", StringComparison.Ordinal)
                && !one.Package.StartsWith("lld-", StringComparison.Ordinal)
                && !one.Package.StartsWith("llvm-", StringComparison.Ordinal)
                || !Directory.Exists(folder));
        }

        return [.. needed];
    }

    private IEnumerable<string> LibrariesOfToolchain() =>
        Toolchain.ProbeAsync(device, _cache, CancellationToken.None).GetAwaiter().GetResult().Files.Select(file => file.Path);

    /// <summary>Errors of a compiler, with the patch, hunk and patch line that brought in the line at fault.</summary>
    private async Task<IReadOnlyList<Diagnostic>> BlamePatchesAsync(IReadOnlyList<Diagnostic> errors, BuildState state, CancellationToken cancellationToken)
    {
        var patches = device.PatchSeries.SelectMany(folder => PatchSeries.Load(folder).Patches).ToArray();
        var byCommit = new Dictionary<GitObjectId, PatchFile>();
        foreach (var record in state.Patches)
        {
            var name = record.Name.Split('#')[0];
            if (patches.FirstOrDefault(patch => patch.Name == name && Path.GetFileName(Path.GetDirectoryName(patch.Path)!) == record.Series) is { } patch)
            {
                byCommit[GitObjectId.Parse(record.Commit)] = patch;
            }
        }

        var blame = new PatchBlame(await OpenStoreAsync(cancellationToken), GitObjectId.Parse(state.Source!.Commit), GitObjectId.Parse(state.PatchedCommit), byCommit);
        return await blame.ExtendAsync(errors, [device.Folders.Tree, device.Folders.Output], cancellationToken);
    }

    private PatchRecord Describe(AppliedPatch applied) => new(
        Path.GetFileName(Path.GetDirectoryName(applied.Patch.Path)!),
        applied.Patch.Name,
        Sha256Digest.OfFile(applied.Patch.Path).ToString(),
        applied.Commit.ToString(),
        applied.Subject);

    private StageRecords Records() => StageRecords.Load(device.Folders.RecordsFile);

    private Task<GitStore> OpenStoreAsync(CancellationToken cancellationToken) => GitStore.OpenAsync(_cache.Store, cancellationToken);

    private async Task RunAsync(string stage, Func<BuildState, Task<BuildState>> run)
    {
        var watch = Stopwatch.StartNew();
        var state = await run(BuildState.Load(device.Folders));
        state.Durations[stage] = watch.Elapsed.TotalSeconds;
        state.Save(device.Folders);
    }
}
