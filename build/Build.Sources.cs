using KernelBuild.Build;
using KernelBuild.Fetch;
using KernelBuild.Git.Repositories;
using KernelBuild.Host.Files;
using Nuke.Common;
using Nuke.Common.Utilities.Collections;
using Serilog;

/// <summary>The target that shows where a kernel comes from.</summary>
internal sealed partial class Build
{
    private Target Sources => _ => _
        .Description("Shows what a device is built from: what is pinned, how old it is, who vouches for it, and whether it has moved")
        .Requires(() => Device)
        .Executes(() => RunAsync(async () =>
        {
            using var display = new ProgressDisplay();
            var options = Options;
            var evaluation = await DeviceEvaluation.OfAsync(RootDirectory, OneDevice, _interrupted.Token);
            var request = evaluation.RequestOf(RootDirectory, OneDevice);
            var cache = CacheFolder.FromEnvironment();
            var store = await GitStore.OpenAsync(cache.Store, _interrupted.Token);
            var lockFile = LockFile.Load(request.LockFile);
            if (options.UpdateLock)
            {
                await new FetchStage(request, lockFile, options, cache, store, display).RunAsync(_interrupted.Token);
            }

            var rows = await new SourceReport(request, lockFile, options, cache, store, NetworkSettings.OfThisProcess(), display)
                .ReadAsync(DateTimeOffset.UtcNow, _interrupted.Token);
            display.Dispose();
            foreach (var row in rows)
            {
                Log.Information("{Path}  {Spec}", row.Path, row.Spec);
                foreach (var (label, text) in row.Lines)
                {
                    Log.Information("    {Label}{Text}", label.PadRight(16), text);
                }
            }

            ReportSummary(_ => _
                .AddPair("Sources", rows.Count.ToString())
                .AddPair("Moved", options.Offline ? "not asked" : rows.Count(row => row.HasMoved == true).ToString()));
        }));
}
