using KernelBuild.Build;
using KernelBuild.Git.Repositories;
using KernelBuild.Host.Files;
using KernelBuild.Host.Reporting;
using KernelBuild.Patches.Refresh;
using KernelBuild.Patches.Series;

namespace KernelBuild.Bench;

/// <summary>The drift of series against the source of a device.</summary>
public static class DeviceRefresh
{
    /// <param name="series">Series in place of the device's own; empty for those.</param>
    /// <returns>The drift, and how many patches there are.</returns>
    public static async Task<(IReadOnlyList<PatchDrift> Drifts, int Patches)> FindDriftAsync(
        string rootFolder, string device, IReadOnlyList<string> series, CacheFolder cache, BuildOptions options, IBuildLog log,
        CancellationToken cancellationToken)
    {
        var evaluation = await DeviceEvaluation.OfAsync(rootFolder, device, cancellationToken);
        var patches = (series.Count > 0 ? series : evaluation.PatchSeries).SelectMany(SeriesInput.Load).ToArray();
        var store = await GitStore.OpenAsync(cache.Store, cancellationToken);
        var source = await DeviceSource.FetchAsync(rootFolder, device, evaluation, cache, store, options, log, cancellationToken);
        return (await SeriesRefresh.FindDriftAsync(store, source, patches, cancellationToken), patches.Length);
    }
}
