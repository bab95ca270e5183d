using KernelBuild.Diagnostics;
using KernelBuild.Git.Repositories;
using KernelBuild.Host.Files;
using KernelBuild.Store;
using Nuke.Common;
using Nuke.Common.Utilities.Collections;
using Serilog;

/// <summary>The targets that look after the cache: ./nuke.sh Store, Store verify, Store prune.</summary>
internal sealed partial class Build
{
    [Parameter("Store prune: what no build has taken for so many days goes, unless a lock file names it; 30 by default")]
    private readonly int? Days;

    private Target Store => _ => _
        .Description("Shows what the cache holds; 'Store verify' checks and mends it, 'Store prune' makes room")
        // 'Store verify' runs both: then it is the other's word
        .Executes(() => Invokes(nameof(Verify)) || Invokes(nameof(Prune)) || Invokes(nameof(Status)) ? Task.CompletedTask : ShowStatusAsync());

    private Target Status => _ => _
        .Description("Store status: what the cache takes of the disk, by source")
        .Executes(ShowStatusAsync);

    private Target Verify => _ => _
        .Description("Store verify: reads every object and download; what is damaged is taken out, and the next build brings it again")
        .Executes(() => RunAsync(async () =>
        {
            using var display = new ProgressDisplay();
            var cache = CacheFolder.FromEnvironment();
            var store = await GitStore.OpenAsync(cache.Store, _interrupted.Token);
            var damage = await StoreVerification.RunAsync(store, cache, display, _interrupted.Token);
            display.Dispose();
            ReportSummary(_ => _.AddPair("Damage", damage.IsWhole ? "none" : $"{damage.Commits.Count} commits, {damage.Downloads.Count} downloads"));
            if (!damage.IsWhole)
            {
                throw new DiagnosticException(damage.ToDiagnostic(store.Folder));
            }

            Log.Information("every object and every download is what its name says");
        }));

    private Target Prune => _ => _
        .Description("Store prune: removes what no lock file names and no build has taken for --days; with --dry-run it says what would go")
        .Executes(() => RunAsync(async () =>
        {
            using var display = new ProgressDisplay();
            var cache = CacheFolder.FromEnvironment();
            var store = await GitStore.OpenAsync(cache.Store, _interrupted.Token);
            var days = Days is null or >= 0 ? Days ?? 30 : throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.UsageInvalid, $"--days is {Days}", "give a number of days, 0 for everything that no lock file names"));
            var (commits, files) = await StorePruning.RunAsync(
                store, cache, DateTime.UtcNow.AddDays(-days), DryRun, display, _interrupted.Token);
            display.Dispose();
            foreach (var commit in commits)
            {
                Log.Information("{Ref}  last used {Used:yyyy-MM-dd}", commit.Ref["refs/kernelbuild/".Length..], commit.Used);
            }

            foreach (var file in files)
            {
                Log.Information("{File}  {Size:0.0} MB", file.Name, file.Length / 1e6);
            }

            ReportSummary(_ => _.AddPair(DryRun ? "Would go" : "Removed", $"{commits.Count} refs, {files.Count} downloads"));
        }));

    private bool Invokes(string target) => ExecutionPlan.Any(one => one.Invoked && one.Name == target);

    private Task ShowStatusAsync() => RunAsync(async () =>
    {
        var cache = CacheFolder.FromEnvironment();
        var store = await GitStore.OpenAsync(cache.Store, _interrupted.Token);
        var status = await StoreStatus.ReadAsync(store, cache, _interrupted.Token);
        Log.Information("store      {Size,8:0} MB in {Packs} packs   {Folder}", status.StoreBytes / 1e6, status.Packs, status.Folder);
        foreach (var source in status.Sources)
        {
            Log.Information(
                "           {Size,8} MB  {Commit}  {Subject}  used {Used:yyyy-MM-dd}  {Projects}",
                source.Bytes is { } bytes ? $"{bytes / 1e6:0}" : "damaged", source.Commit.ToString()[..12], source.Subject, source.Used,
                source.NamedBy.Count == 0 ? "by no project" : string.Join(", ", source.NamedBy.Select(path => Path.GetFileName(path).Split('.')[0])));
        }

        Log.Information("           {Commits} of patches", Counted.Of(status.PatchedCommits, "commit"));
        Log.Information("downloads  {Size,8:0} MB in {Count} files", status.DownloadBytes / 1e6, status.Downloads);
        Log.Information("ccache     {Size,8:0} MB", status.CompilerCacheBytes / 1e6);
    });
}
