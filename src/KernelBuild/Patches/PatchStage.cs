using System.Globalization;
using KernelBuild.Devices;
using KernelBuild.Store;

namespace KernelBuild.Patches;

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
            key.Add("strip", patch.Strip.ToString(CultureInfo.InvariantCulture)).AddFile(patch.Name, patch.Path);
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
            pair => $"{pair.patch.Commit} {pair.patch.Subject}"));
        return new PatchedSource(applied[^1].Commit, applied);
    }

    private static PatchedSource? Read(PatchFile[] patches, IReadOnlyDictionary<string, string> values)
    {
        var applied = new List<AppliedPatch>();
        for (var number = 0; number < patches.Length; number++)
        {
            if (!values.TryGetValue(number.ToString(CultureInfo.InvariantCulture), out var value)
                || value.Length <= GitObjectId.HexLength
                || !GitObjectId.TryParse(value[..GitObjectId.HexLength], out var commit))
            {
                return null;
            }

            applied.Add(new AppliedPatch(patches[number], commit, value[(GitObjectId.HexLength + 1)..]));
        }

        return new PatchedSource(applied[^1].Commit, applied);
    }
}
