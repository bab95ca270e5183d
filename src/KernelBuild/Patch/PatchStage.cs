using System.Globalization;
using System.Text.Json.Serialization.Metadata;
using KernelBuild.Device;
using KernelBuild.Diagnostics;
using KernelBuild.Git.Objects;
using KernelBuild.Git.Repositories;
using KernelBuild.Host.Files;
using KernelBuild.Host.Reporting;
using KernelBuild.Patches.Engine;
using KernelBuild.Patches.Series;
using KernelBuild.Stages;

namespace KernelBuild.Patch;

/// <summary>The source commit and the device's series become the patched commit.</summary>
public sealed class PatchStage(DeviceBuild device, GitStore store, IPatchEngine engine, StageRecords records, IBuildLog log)
    : Stage<GitObjectId, PatchedSource>(records)
{
    private readonly PatchSeries[] _series = device.WithoutPatches ? [] : [.. device.PatchSeries.Select(PatchSeries.Load)];

    protected override string Name => "patch";

    protected override int Version => engine.Version;

    protected override JsonTypeInfo<PatchedSource> ResultType => PatchJson.Default.PatchedSource;

    /// <summary>Commits are added to the store; none is changed.</summary>
    protected override bool OverwritesLastResult => false;

    private IEnumerable<PatchFile> Patches => _series.SelectMany(one => one.Patches);

    protected override ValueTask AddInputsAsync(ContentKey key, GitObjectId input, CancellationToken cancellationToken)
    {
        key.Add("source", input.ToString());
        foreach (var patch in Patches)
        {
            key.Add("series", SeriesOf(patch))
                .Add("options", string.Create(CultureInfo.InvariantCulture, $"{patch.Strip} {patch.Fuzz}"))
                .AddFile(patch.Name, patch.Path);
        }

        return ValueTask.CompletedTask;
    }

    protected override async ValueTask<bool> StandsAsync(PatchedSource result, CancellationToken cancellationToken) =>
        await store.FindTreeAsync(result.Commit, cancellationToken) == result.Tree;

    protected override async Task<PatchedSource> ExecuteAsync(GitObjectId input, PatchedSource? last, CancellationToken cancellationToken)
    {
        var patches = Patches.ToArray();
        if (patches.Length == 0)
        {
            return new PatchedSource(input, await TreeOfAsync(input, cancellationToken), []);
        }

        var names = string.Join(", ", _series.Select(one => one.Name));
        log.Status(string.Create(CultureInfo.InvariantCulture, $"applying {patches.Length} patch(es) of {names}"));
        var applied = await engine.ApplyAsync(input, patches, log, cancellationToken);
        var commit = applied[^1].Commit;
        return new PatchedSource(commit, await TreeOfAsync(commit, cancellationToken), [.. applied.Select(Describe)]);
    }

    private async Task<GitObjectId> TreeOfAsync(GitObjectId commit, CancellationToken cancellationToken) =>
        await store.FindTreeAsync(commit, cancellationToken) ?? throw new DiagnosticException(Diagnostic.Error(
            DiagnosticCodes.StoreDamaged,
            $"the store lacks the tree of {commit}",
            $"delete {store.Folder}; it is filled again by the next build"));

    private static PatchRecord Describe(AppliedPatch applied) => new(
        SeriesOf(applied.Patch), applied.Patch.Name, Sha256Digest.OfFile(applied.Patch.Path), applied.Commit, applied.Subject);

    private static string SeriesOf(PatchFile patch) => Path.GetFileName(Path.GetDirectoryName(patch.Path)!);
}
