using System.Diagnostics;
using KernelBuild.BootImages.Ramdisks;
using KernelBuild.Attestation;
using KernelBuild.BuildConfigs;
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
using KernelBuild.Iommu.Prediction;
using KernelBuild.Manifest;
using KernelBuild.ModuleCheck;
using KernelBuild.Pack;
using KernelBuild.Patch;
using KernelBuild.Patches.Blame;
using KernelBuild.Patches.Engine;
using KernelBuild.Patches.Series;
using KernelBuild.Stages;
using KernelBuild.Toolchains;

namespace KernelBuild.Build;

/// <summary>
/// One build of one device: the stages in their order, each given what the ones before made. The MSBuild tasks call one method
/// each, of the same session where they run in one process; what a later process wants to know stands in the state file.
/// </summary>
public sealed class BuildSession
{
    private readonly DeviceBuild _device;
    private readonly BuildOptions _options;
    private readonly CacheFolder _cache = CacheFolder.FromEnvironment();
    private readonly Lazy<StageRecords> _records;
    private readonly Lazy<LockFile> _lockFile;
    private GitStore? _store;
    private BuildConfigPlan? _plan;
    private Toolchain? _toolchain;
    private DeviceBuild? _cached;
    private BuildState? _state;

    public BuildSession(DeviceBuild device, BuildOptions options)
    {
        _device = device;
        _options = options;
        _records = new(() => StageRecords.Load(device.Folders.RecordsFile));
        _lockFile = new(() => LockFile.Load(device.LockFile));
    }

    public DeviceBuild Device => _device;

    private BuildState State => _state ??= BuildState.Load(_device.Folders);

    /// <summary>Forgets what the last build claimed: from here to the manifest there is no valid build.</summary>
    public void Begin()
    {
        DeviceHost.RequireLinux();
        RequireUsablePath();
        if (_device.BuildConfigs.IsEmpty)
        {
            ImagesOfDevice.Require(_device);
        }

        Directory.CreateDirectory(_device.Folders.Work);
        File.Delete(_device.Folders.UpToDateFile);
        BuildManifest.Invalidate(_device.Folders);
        _device.Save(_device.Folders.DeviceFile);
        Keep(new BuildState());
    }

    public Task EnsurePrerequisitesAsync(IBuildLog log, CancellationToken cancellationToken) => RunAsync("prerequisites", async () =>
    {
        await Prerequisites.EnsureAsync(PrerequisitesOf(_device), _options, log, cancellationToken);
        return State with { ToolsReady = DateTime.UtcNow };
    });

    public Task FetchAsync(IBuildLog log, CancellationToken cancellationToken) => RunAsync("fetch", async () =>
    {
        var store = await StoreAsync(cancellationToken);
        var stage = new FetchStage(_device.SourceRequest, _lockFile.Value, _options, _cache, store, log);
        return State with { Source = await stage.RunAsync(cancellationToken) };
    });

    public Task PatchAsync(IBuildLog log, CancellationToken cancellationToken) => RunAsync("patch", async () =>
    {
        var store = await StoreAsync(cancellationToken);
        var stage = new PatchStage(_device, store, new PatchEngine(store), _records.Value, log);
        return State with { Patched = await stage.RunAsync(State.Source!.Commit, cancellationToken) };
    });

    public Task CheckOutAsync(IBuildLog log, CancellationToken cancellationToken) => RunAsync("checkout", async () =>
    {
        var tree = new WorkTree(_device.Folders, await StoreAsync(cancellationToken), log);
        await tree.CheckOutAsync(State.Patched!.Commit, cancellationToken);
        return State;
    });

    public Task ConfigureAsync(IBuildLog log, CancellationToken cancellationToken) => RunAsync("configure", async () =>
    {
        var device = await CachedAsync(log, cancellationToken);
        var (store, toolchain) = (await StoreAsync(cancellationToken), await ToolchainAsync(log, cancellationToken));
        var stage = new ConfigureStage(device, store, toolchain, _records.Value, log);
        return State with { Configured = await stage.RunAsync(State.Patched!.Commit, cancellationToken) };
    });

    public Task CompileAsync(IBuildLog log, CancellationToken cancellationToken) => RunAsync("compile", async () =>
    {
        var device = await CachedAsync(log, cancellationToken);
        var toolchain = await ToolchainAsync(log, cancellationToken);
        // a hook may have changed it since it was made
        var config = new Lazy<KernelConfig>(() => KernelConfig.Load(Path.Combine(_device.Folders.Output, ".config")));
        try
        {
            var stage = new CompileStage(device, _options, toolchain, config, _records.Value, log);
            return State with { Kernel = await stage.RunAsync(State.Patched!.Tree, cancellationToken) };
        }
        catch (DiagnosticException e) when (State.Patched is { Patches.IsEmpty: false })
        {
            throw new DiagnosticException(await BlamePatchesAsync(e.Diagnostics, cancellationToken));
        }
    });

    public Task PackAsync(IBuildLog log, CancellationToken cancellationToken) => RunAsync("pack", async () =>
    {
        var device = await PlannedAsync(log, cancellationToken);
        var modules = await VendorModulesAsync(device, log, cancellationToken);
        var contents = new RamdiskContents(device, _lockFile.Value, _options, _cache, log);
        var ramdisk = await contents.ReadAsync(device.Ramdisk, cancellationToken);
        var vendor = await contents.ReadAsync(device.VendorBoot?.Ramdisk ?? [], cancellationToken);
        if (device.VendorBoot is { Modules: true, Stock: null })
        {
            vendor = [.. vendor, .. RamdiskContents.OfModules(State.Kernel!)];
        }

        var input = new PackInput(
            State.Kernel!, CpioWriter.Write(device.ModulesInRamdisk ? [.. ramdisk, .. RamdiskContents.OfModules(State.Kernel!)] : ramdisk),
            vendor.Count == 0 ? default : CpioWriter.Write(vendor));
        var toolchain = await ToolchainAsync(log, cancellationToken);
        var images = await new PackStage(device, _records.Value, log, toolchain).RunAsync(input, cancellationToken);
        return State with { Products = images.Names, VendorModules = modules };
    });

    /// <summary>Before anything can be flashed: whether the new kernel loads the modules that the device has.</summary>
    private async Task<CheckedModules?> VendorModulesAsync(DeviceBuild device, IBuildLog log, CancellationToken cancellationToken)
    {
        if (device.VendorModules.IsEmpty)
        {
            return null;
        }

        var needed = device.VendorModules.SelectMany(one => FileSystemImage.PrerequisitesOf(one.Path)).ToArray();
        await Prerequisites.EnsureAsync(needed, _options, log, cancellationToken);
        return await new ModuleCheckStage(device, _records.Value, log).RunAsync(State.Kernel!, cancellationToken);
    }

    public async Task WriteManifestAsync(IBuildLog log, CancellationToken cancellationToken)
    {
        var device = await PlannedAsync(log, cancellationToken);
        var toolchain = await ToolchainAsync(log, cancellationToken);
        var manifest = await BuildManifest.WriteAsync(device, _plan?.Entries ?? [], State, _lockFile.Value, _cache, toolchain, cancellationToken);
        await Attestations.WriteAsync(device, manifest, cancellationToken);
    }

    /// <summary>Everything the finished build depended on besides what MSBuild read itself, and what it made.</summary>
    public async Task AddInputsAsync(UpToDate record, CancellationToken cancellationToken)
    {
        var state = State;
        var projectFolder = Path.GetDirectoryName(_device.ProjectFile)!;
        record.AddInput(_device.ProjectFile).AddFolder(projectFolder);
        if (_lockFile.Value.Source == state.Source)
        {
            record.AddOutput(_device.LockFile);
        }
        else
        {
            record.AddInput(_device.LockFile);
        }

        string[] files = [.. DeviceInputs.SeriesFiles(_device), .. _device.ConfigFragments, .. DeviceInputs.OtherFiles(_device)];
        foreach (var file in files)
        {
            record.AddInput(file);
        }

        foreach (var item in _device.SourceParts.Prepend(_device.KernelSource))
        {
            if (KernelSourceSpec.Parse(item.Include, projectFolder) is LocalTreeSpec tree)
            {
                record.AddTree(tree.Folder);
            }
        }

        // a pattern in the project may find more files next time: below the fixed part of a ramdisk's pattern, beside other files
        foreach (var item in _device.RamdiskItems.Where(item =>
            Path.IsPathRooted(item.Source) && item.Source.EndsWith("/" + item.Path, StringComparison.Ordinal)))
        {
            record.AddFolder(item.Source[..^(item.Path.Length + 1)]);
        }

        foreach (var folder in _device.VendorModules.Where(one => Directory.Exists(one.Path)))
        {
            record.AddFolder(folder.Path);
        }

        foreach (var file in files)
        {
            record.AddFolder(Path.GetDirectoryName(file)!, recursive: false);
        }

        foreach (var product in state.Products)
        {
            record.AddOutput(Path.Combine(_device.Folders.Artifacts, product));
        }

        // written again by whatever adds a report, or a verdict
        foreach (var statement in (string[])[BuildManifest.FileName, BuildManifest.SumsFileName, Attestations.SbomFileName, Attestations.ProvenanceFileName])
        {
            record.AddPresence(Path.Combine(_device.Folders.Artifacts, statement));
        }

        var toolchain = await ToolchainAsync(new SilentLog(), cancellationToken);
        foreach (var tool in toolchain.Plan.Tools)
        {
            // another name of it in an earlier folder counts as well
            foreach (var name in tool.Candidates)
            {
                record.AddProgram(name, Toolchain.SearchPathOf(tool, _plan?.Device.Toolchain.Folder ?? _device.Toolchain.Folder),
                    state.ToolsReady);
            }
        }

        record.AddProgram("ccache", Environment.GetEnvironmentVariable("PATH") ?? "", state.ToolsReady);
        foreach (var library in toolchain.Files.Where(file => file.IsLibrary))
        {
            record.AddTool(library.Path, state.ToolsReady);
        }
    }

    /// <summary>
    /// kbuild refuses blanks and colons in its folders, after minutes of fetching; make and the shell trip over the rest.
    /// </summary>
    private void RequireUsablePath()
    {
        if (_device.Folders.Work.Any(c => char.IsWhiteSpace(c) || ":#$%'\"".Contains(c, StringComparison.Ordinal)))
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.HostUnsupported,
                $"kbuild cannot build in '{_device.RootFolder}': the path has a blank or one of : # $ % ' \"",
                "move the checkout to a path without them"));
        }
    }

    private static IEnumerable<Prerequisite> PrerequisitesOfSource(DeviceBuild device) =>
        device.SourceParts.Prepend(device.KernelSource).Any(item => item.Include.StartsWith("debian:", StringComparison.Ordinal))
            || device.RamdiskItems.Any(item => item.Source.StartsWith("debian:", StringComparison.Ordinal))
            ? [new Prerequisite("dpkg", static () => KernelBuild.Host.Processes.ProgramPath.Find("dpkg-deb") is not null)]
            : [];

    /// <summary>What every build needs, and the compiler where the project names it: found out before anything is fetched.</summary>
    private static Prerequisite[] PrerequisitesOf(DeviceBuild device)
    {
        var needed = Prerequisites.ForBuild
            .Concat(PrerequisitesOfSource(device))
            .Where(one => device.CompilerCache.IsUsed || one.Package != "ccache")
            .Concat(CompileFarm.Prerequisites(device.BuildFarm));

        // what the version and the configuration decide is added when the tree is there
        var plan = ToolchainPlan.For(device.Toolchain, KernelVersion.Default, []);
        var isCompilerKnown = device.Toolchain.Clang is not null || device.Toolchain.Compiler != "clang";
        var known = plan with { Tools = [.. plan.Tools.Where(tool => isCompilerKnown || tool.Kind != ToolKind.Compiler)] };
        return [.. needed, .. Toolchain.PrerequisitesOf(known, device.Toolchain.Folder)];
    }

    /// <summary>Errors of a compiler, with the patch, hunk and patch line that brought in the line at fault.</summary>
    private async Task<IReadOnlyList<Diagnostic>> BlamePatchesAsync(IReadOnlyList<Diagnostic> errors, CancellationToken cancellationToken)
    {
        var patches = _device.PatchSeries.SelectMany(folder => PatchSeries.Load(folder).Patches).ToArray();
        var byCommit = new Dictionary<GitObjectId, PatchFile>();
        foreach (var record in State.Patched!.Patches)
        {
            var name = record.Name.Split('#')[0];
            if (patches.FirstOrDefault(patch =>
                patch.Name == name && Path.GetFileName(Path.GetDirectoryName(patch.Path)!) == record.Series) is { } patch)
            {
                byCommit[record.Commit] = patch;
            }
        }

        var store = await StoreAsync(cancellationToken);
        var blame = new PatchBlame(store, State.Source!.Commit, State.Patched.Commit, byCommit);
        return await blame.ExtendAsync(errors, [_device.Folders.Tree, _device.Folders.Output], cancellationToken);
    }

    private async Task<GitStore> StoreAsync(CancellationToken cancellationToken) =>
        _store ??= await GitStore.OpenAsync(_cache.Store, cancellationToken);

    /// <summary>The toolchain that the project and the tree ask for; the tree stands checked out. What is missing is installed.</summary>
    private async Task<Toolchain> ToolchainAsync(IBuildLog log, CancellationToken cancellationToken)
    {
        if (_toolchain is not null)
        {
            return _toolchain;
        }

        var device = await PlannedAsync(log, cancellationToken);
        var version = SourceVersion.Read(device.KernelRoot);
        var wanted = Defconfig.ProgramsFor(device, device.ConfigFragments.SelectMany(file => ConfigFragment.Load(file, version)));
        var plan = ToolchainPlan.For(device.Toolchain, version, wanted);
        if (device.Toolchain.Clang is { } clang
            && await LeastCompiler.CheckAsync(device.KernelRoot, clang, cancellationToken) is { } unsuited)
        {
            log.Report(unsuited with { File = device.ProjectFile });
        }

        var needed = Toolchain.PrerequisitesOf(plan, device.Toolchain.Folder).ToArray();
        if (Prerequisites.Missing(needed).Length > 0)
        {
            await Prerequisites.EnsureAsync(needed, _options, log, cancellationToken);
            Keep(State with { ToolsReady = DateTime.UtcNow });
        }

        var toolchain = await Toolchain.ProbeAsync(plan, device.Toolchain.Folder, _cache, device.Folders.Tools, cancellationToken);
        return _toolchain = toolchain.WithLinks(Make.CompilerLaunchers(device));
    }

    /// <summary>The device with its shared compiler cache, if it has one that is worth it: measured once in a build.</summary>
    private async Task<DeviceBuild> CachedAsync(IBuildLog log, CancellationToken cancellationToken)
    {
        if (_cached is null)
        {
            var toolchain = await ToolchainAsync(log, cancellationToken);
            _cached = await SharedCompilerCache.AttachAsync(await PlannedAsync(log, cancellationToken), toolchain, log, cancellationToken);
        }

        return _cached;
    }

    /// <summary>
    /// The device that the stages after check-out build: the project, and what the tree's build.config says where the project says nothing.
    /// </summary>
    private async Task<DeviceBuild> PlannedAsync(IBuildLog log, CancellationToken cancellationToken)
    {
        if (_device.BuildConfigs.IsEmpty)
        {
            return _device;
        }

        if (_plan is null)
        {
            var stage = new BuildConfigStage(_device, token => ScriptToolsAsync(log, token), _records.Value, log);
            _plan = BuildConfigPlan.Of(_device, await stage.RunAsync(State.Patched!.Tree, cancellationToken), Path.Exists);
            ImagesOfDevice.Require(_plan.Device);
        }

        return _plan.Device;
    }

    /// <summary>The programs of the build that are no compilers, which are not chosen before a build.config has been read.</summary>
    private async Task<Toolchain> ScriptToolsAsync(IBuildLog log, CancellationToken cancellationToken)
    {
        var plan = ToolchainPlan.For(_device.Toolchain, KernelVersion.Default, []);
        plan = plan with { Tools = [.. plan.Tools.Where(tool => tool.Kind != ToolKind.Compiler)] };
        await Prerequisites.EnsureAsync([.. Toolchain.PrerequisitesOf(plan, null)], _options, log, cancellationToken);
        var tools = await Toolchain.ProbeAsync(plan, null, _cache, _device.Folders.ScriptTools, cancellationToken);
        return tools.WithLinks([]);
    }

    private sealed class SilentLog : IBuildLog
    {
        public void Status(string message)
        {
        }

        public void Progress(string message, double? fraction)
        {
        }

        public void Report(Diagnostic diagnostic)
        {
        }
    }

    private async Task RunAsync(string stage, Func<Task<BuildState>> run)
    {
        var watch = Stopwatch.StartNew();
        try
        {
            var state = await run();
            state.Durations[stage] = watch.Elapsed.TotalSeconds;
            Keep(state);
        }
        catch (DiagnosticException e)
        {
            await LeaveWordAsync(stage, e.Diagnostics);
            throw;
        }
    }

    /// <summary>A manifest that says why there is no build. What keeps it from being written must not hide the failure itself.</summary>
    private async Task LeaveWordAsync(string stage, IReadOnlyList<Diagnostic> findings)
    {
        try
        {
            await BuildManifest.WriteFailedAsync(_device, State, _lockFile.Value, _cache, _toolchain, stage, findings, CancellationToken.None);
        }
        catch (Exception e) when (UserErrors.Explain(e).Count > 0)
        {
            File.Delete(Path.Combine(_device.Folders.Artifacts, BuildManifest.FileName));
        }
    }

    private void Keep(BuildState state)
    {
        state.Save(_device.Folders);
        _state = state;
    }
}
