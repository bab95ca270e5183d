using System.Globalization;
using KernelBuild.Caching;
using KernelBuild.Device;
using KernelBuild.Farm;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Prerequisites;
using KernelBuild.Host.Processes;
using KernelBuild.Host.Reporting;
using KernelBuild.Manifest;

namespace KernelBuild.Build;

/// <summary>
/// Builds a device by running MSBuild on its project, the one way there is; or says that nothing has changed, without
/// running anything.
/// </summary>
/// <param name="rootFolder">The repository.</param>
/// <param name="sdkAssembly">KernelBuild.Sdk.dll, which holds the tasks and the logger.</param>
public sealed class DeviceProject(string rootFolder, string name, bool withoutPatches, string sdkAssembly)
{
    private readonly string _projectFile = new DeviceCatalog(rootFolder).Find(name);

    /// <summary>A build beside the usual one, under a name of its own; null for the usual one.</summary>
    public string? Variant { get; init; }

    /// <summary>A series in place of those that the project names; null for those.</summary>
    public string? OnlyPatchSeries { get; init; }

    /// <summary>The folder that gets .work/ and artifacts/; null for the repository.</summary>
    public string? OutputRoot { get; init; }

    /// <summary>Other surroundings than this process has, without compiler cache; null for these.</summary>
    public BuildVariation? Variation { get; init; }

    /// <summary>Where objects are cached, over what environment and project say; null for that.</summary>
    public CompilerCacheSetting? CompilerCache { get; init; }

    /// <summary>Where else the compiler runs, over what environment and project say; null for that.</summary>
    public BuildFarmSetting? BuildFarm { get; init; }

    /// <summary>Configuration fragments on top of those that the project names.</summary>
    public IReadOnlyList<string> MoreConfigFragments { get; init; } = [];

    /// <summary>Takes the name of each stage that begins: fetch, patch, check out, configure, compile, pack, manifest.</summary>
    public Action<string>? OnStage { get; init; }

    public DeviceFolders Folders => new(OutputRoot ?? rootFolder, Variant ?? (withoutPatches ? name + DeviceFolders.WithoutPatches : name));

    /// <summary>The evaluated device of the last build.</summary>
    public DeviceBuild Evaluated => DeviceBuild.Load(Folders.DeviceFile);

    /// <summary>What has changed since the last good build; null when nothing has.</summary>
    public string? Changed() => UpToDate.Changed(Folders.UpToDateFile);

    /// <summary>Runs MSBuild on the project.</summary>
    /// <param name="onLine">Takes each line that the build prints, findings in MSBuild's canonical form.</param>
    /// <param name="onProgress">Takes progress and its fraction, several times a second.</param>
    /// <returns>0 done, 1 failed, 2 the host or the usage is at fault.</returns>
    public async Task<int> BuildAsync(
        BuildOptions options, Action<string> onLine, Action<string, double?> onProgress, CancellationToken cancellationToken)
    {
        DeviceHost.RequireLinux();
        var began = DateTime.UtcNow;
        var projectFolder = UpToDate.FolderDigest(Path.GetDirectoryName(_projectFile)!);
        Directory.CreateDirectory(Folders.Work);
        var imports = Path.Combine(Folders.Work, string.Create(CultureInfo.InvariantCulture, $"imports.{Environment.ProcessId}"));
        var environmentAtFault = false;
        var command = MSBuild(options, imports) with
        {
            OnOutput = line =>
            {
                if (ProgressLine.Read(line) is var (message, fraction))
                {
                    onProgress(message, fraction);
                    return;
                }

                if (ProgressLine.ReadStage(line) is { } stage)
                {
                    OnStage?.Invoke(stage);
                    return;
                }

                environmentAtFault |= BlamesHost(line);
                onLine(line.Replace(ProgressLine.LineBreak, '\n'));
            },
            OnError = onLine,
            // SIGINT may be ignored in a whole session, as a shell does for background jobs; the tasks answer SIGTERM
            CancelGracePeriod = TimeSpan.FromSeconds(15),
            AnswerCodes = [.. Enumerable.Range(1, 255)],
        };
        var result = await command.RunAsync(cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        if (result.ExitCode != 0)
        {
            return environmentAtFault ? 2 : 1;
        }

        // an exit code proves nothing: 'dotnet build' ended by SIGTERM gives 0
        if (!BuildManifest.IsFinished(Folders))
        {
            onLine(
                Diagnostic
                    .Error(
                        DiagnosticCodes.NothingBuilt,
                        "MSBuild ended without an error and without a manifest: the build was ended from outside", "run it again")
                    .ToString());
            return 1;
        }

        await RecordAsync(imports, began, projectFolder, cancellationToken);
        File.Delete(imports);
        return 0;
    }

    private static bool BlamesHost(string line) =>
        line.IndexOf("error KB", StringComparison.Ordinal) is >= 0 and var at
        && line.Length >= at + "error KB0000".Length
        && DiagnosticCodes.IsUsageOrEnvironment(line[(at + "error ".Length)..(at + "error KB0000".Length)]);

    private Command MSBuild(BuildOptions options, string imports)
    {
        var arguments = new List<string>
        {
            "msbuild", _projectFile, "-nologo", "-noConsoleLogger", "-nodeReuse:false", "-maxCpuCount:1",
            $"-logger:KernelBuild.Sdk.BuildLogger,{sdkAssembly};{imports}",
            "-p:KernelBuildSdkIsBuilt=true", "-p:KernelBuildTasks=" + sdkAssembly,
        };
        void Property(string property, bool wanted)
        {
            if (wanted)
            {
                arguments.Add($"-p:{property}=true");
            }
        }

        Property("WithoutPatches", withoutPatches);
        Property("Locked", options.Locked);
        Property("UpdateLock", options.UpdateLock);
        Property("Offline", options.Offline);
        Property("NoInstall", options.NoInstall);
        if (Variant is not null)
        {
            arguments.Add("-p:KernelBuildVariant=" + Variant);
        }

        if (OnlyPatchSeries is not null)
        {
            arguments.Add("-p:OnlyPatchSeries=" + OnlyPatchSeries);
        }

        if (MoreConfigFragments.Count > 0)
        {
            // MSBuild splits properties on the command line at a semicolon
            arguments.Add("-p:MoreConfigFragments=" + string.Join("%3B", MoreConfigFragments));
        }

        if (options.Jobs is { } jobs)
        {
            arguments.Add(string.Create(CultureInfo.InvariantCulture, $"-p:Jobs={jobs}"));
        }

        if (OutputRoot is not null)
        {
            arguments.Add("-p:KernelBuildRoot=" + OutputRoot);
        }

        if (Variation is not null)
        {
            arguments.Add("-p:CompilerCache=false");
        }

        // evaluation reads variables of the environment, so all of it goes along; what the stages run gets a clean one
        var command = Command.WithFullEnvironment("dotnet");
        if (CompilerCache is not null)
        {
            // not a property on the command line, which every user of the machine can read
            command = command.WithEnvironment(CompilerCacheSetting.Variable, CompilerCache.SecretText);
        }

        if (BuildFarm is not null)
        {
            command = command.WithEnvironment(BuildFarmSetting.Variable, BuildFarm.ToString());
        }

        command = command
            .WithEnvironment("MSBUILDLOGIMPORTS", "1")
            .WithEnvironment("KERNELBUILD_PROGRESS", "live")
            .WithEnvironment("DOTNET_CLI_TELEMETRY_OPTOUT", "1")
            .WithEnvironment("DOTNET_TieredPGO", "0")
            .WithArguments(arguments);
        return Variation?.Apply(command
            .WithEnvironment(CompilerCacheSetting.Variable, null)
            .WithEnvironment(BuildFarmSetting.Variable, BuildFarmSetting.None.ToString())) ?? command;
    }

    /// <summary>Remembers all inputs of the build that has just ended.</summary>
    private async Task RecordAsync(string imports, DateTime began, string projectFolder, CancellationToken cancellationToken)
    {
        // between MSBuild's end and this line another build may have begun; then it is the one to leave a record
        using var alone = DeviceLock.Take(Folders);
        if (!BuildManifest.IsFinished(Folders))
        {
            return;
        }

        var session = new BuildSession(Evaluated, new BuildOptions());
        if (!File.Exists(imports))
        {
            return;
        }

        var record = new UpToDate(began).AddInput(sdkAssembly);
        foreach (var import in await File.ReadAllLinesAsync(imports, cancellationToken))
        {
            record.AddInput(import);
        }

        await session.AddInputsAsync(record, cancellationToken);
        if (!record.ChangedMeanwhile && UpToDate.FolderDigest(Path.GetDirectoryName(_projectFile)!) == projectFolder)
        {
            record.Save(Folders.UpToDateFile);
        }
    }
}
