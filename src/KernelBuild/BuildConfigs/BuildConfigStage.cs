using System.Text.Json.Serialization.Metadata;
using KernelBuild.Device;
using KernelBuild.Git.Objects;
using KernelBuild.Host.Reporting;
using KernelBuild.Stages;
using KernelBuild.Toolchains;

namespace KernelBuild.BuildConfigs;

/// <summary>The build.config files of a device, sourced where the tree or the project has changed since; what they say is kept.</summary>
/// <param name="tools">What a build.config finds on its PATH; asked for when the files are sourced.</param>
public sealed class BuildConfigStage(DeviceBuild device, Func<CancellationToken, Task<Toolchain>> tools, StageRecords records,
    IBuildLog log)
    : Stage<GitObjectId, SourcedBuildConfig>(records)
{
    protected override string Name => "build.config";

    protected override int Version => 1;

    protected override JsonTypeInfo<SourcedBuildConfig> ResultType => BuildConfigJson.Default.SourcedBuildConfig;

    /// <param name="input">The patched source: which of its files a build.config reads is not known before it has run.</param>
    protected override ValueTask AddInputsAsync(ContentKey key, GitObjectId input, CancellationToken cancellationToken)
    {
        key.Add("tree", input.ToString()).Add("device", device.ToText()).Add("tree's folder", device.Folders.Tree);
        foreach (var file in device.BuildConfigs.Where(Path.IsPathRooted).Where(File.Exists))
        {
            key.AddFile("build.config", file);
        }

        return ValueTask.CompletedTask;
    }

    protected override ValueTask<bool> StandsAsync(SourcedBuildConfig result, CancellationToken cancellationToken) =>
        ValueTask.FromResult(true);

    protected override async Task<SourcedBuildConfig> ExecuteAsync(
        GitObjectId input, SourcedBuildConfig? last, CancellationToken cancellationToken)
    {
        var shell = new BuildConfigShell(device, await tools(cancellationToken));
        var config = await shell.SourceAsync(cancellationToken);
        var plan = BuildConfigPlan.Of(device, config, Path.Exists);
        log.Status($"sourced {string.Join(", ", device.BuildConfigs.Select(Path.GetFileName))}");
        foreach (var line in shell.Said.Select(line => "it said: " + line).Concat(plan.Lines()))
        {
            log.Status("  " + line);
        }

        return config;
    }
}
