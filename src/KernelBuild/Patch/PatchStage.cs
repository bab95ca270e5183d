using System.Globalization;
using KernelBuild.Device;
using KernelBuild.Git.Objects;
using KernelBuild.Git.Repositories;
using KernelBuild.Host.Reporting;
using KernelBuild.Patches.Engine;
using KernelBuild.Patches.Series;
using KernelBuild.Stages;

namespace KernelBuild.Patch;

/// <summary>The second stage: the source commit and the device's series become the patched commit.</summary>
public sealed class PatchStage(DeviceBuild device, GitStore store, IPatchEngine engine, StageRecords records, IBuildLog log)
{
    private const string Stage = "patch";

    public async Task<PatchedSource> RunAsync(GitObjectId source, CancellationToken cancellationToken)
    {
        var series = device.WithoutPatches ? [] : device.PatchSeries.Select(PatchSeries.Load).ToArray();
        var patches = series.SelectMany(one => one.Patches).ToArray();
        if (patches.Length == 0)
        {
            return new PatchedSource(source, []);
        }

        using var key = new ContentKey(Stage, engine.Version).Add("source", source.ToString());
        foreach (var patch in patches)
        {
            key.Add("options", string.Create(CultureInfo.InvariantCulture, $"{patch.Strip} {patch.Fuzz}")).AddFile(patch.Name, patch.Path);
        }

        var finished = key.Finish();
        if (records.Find(Stage, finished) is { } known
            && Read(patches, known) is { } before
            && await store.FindTreeAsync(before.Commit, cancellationToken) is not null)
        {
            return before;
        }

        log.Status(string.Create(CultureInfo.InvariantCulture, $"applying {patches.Length} patch(es) of {string.Join(", ", series.Select(one => one.Name))}"));
        var applied = await engine.ApplyAsync(source, patches, log, cancellationToken);
        records.Set(Stage, finished, applied.Select((patch, number) => (number, patch)).ToDictionary(
            pair => pair.number.ToString(CultureInfo.InvariantCulture),
            pair => $"{pair.patch.Commit} {Array.FindIndex(patches, patch => patch.Path == pair.patch.Patch.Path)} {pair.patch.Patch.Name}\t{pair.patch.Subject}"));
        return new PatchedSource(applied[^1].Commit, applied);
    }

    /// <summary>A patch file may have made several commits: a mailbox holds several patches.</summary>
    private static PatchedSource? Read(PatchFile[] patches, IReadOnlyDictionary<string, string> values)
    {
        var applied = new List<AppliedPatch>();
        while (values.TryGetValue(applied.Count.ToString(CultureInfo.InvariantCulture), out var value))
        {
            if (value.Split(' ', 3) is not [var id, var file, var rest]
                || rest.Split('\t', 2) is not [var name, var subject]
                || !GitObjectId.TryParse(id, out var commit)
                || !int.TryParse(file, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                || number >= patches.Length)
            {
                return null;
            }

            applied.Add(new AppliedPatch(patches[number] with { Name = name }, commit, subject));
        }

        return applied.Count == 0 ? null : new PatchedSource(applied[^1].Commit, applied);
    }
}
