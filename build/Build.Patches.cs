using KernelBuild.Bench;
using KernelBuild.Device;
using KernelBuild.Host.Files;
using KernelBuild.Patches.Diagnosis;
using KernelBuild.Patches.Refresh;
using KernelBuild.Patches.Reports;
using Nuke.Common;
using Nuke.Common.IO;
using Nuke.Common.Utilities.Collections;
using Serilog;

internal sealed partial class Build
{
    [Parameter("Patch series: folders of patches/, or paths")]
    private readonly string[]? Series;

    [Parameter("Also check every prefix of the series: the first patch, the first two, and so on")]
    private readonly bool Each;

    [Parameter("TestPatches: leave out a patch that fails and go on with the next, and go on without a source that cannot be had")]
    private readonly bool KeepGoing;

    [Parameter("TestPatches: also compile each series on each device", Name = "Build")]
    private readonly bool Compile;

    [Parameter("Also boot each build under QEMU", Name = "Boot")]
    private readonly bool BootEach;

    [Parameter("Also check again what has not changed")]
    private readonly bool Force;

    [Parameter("Show what would change, and write nothing")]
    private readonly bool DryRun;

    private AbsolutePath PatchReports => RootDirectory / "artifacts" / "patches";

    private Target TestPatches => _ => _
        .Description("Checks patch series (default: all) on the sources of devices (default: all): artifacts/patches/report.*")
        .Executes(() => RunAsync(async () =>
        {
            using var display = new ProgressDisplay();
            var options = new MatrixOptions { Each = Each, KeepGoing = KeepGoing, Build = Compile, Boot = BootEach, Force = Force };
            var series = SeriesPaths is { Count: > 0 } chosen ? chosen : AllSeries;
            var devices = Device is { Length: > 0 } named ? named : [.. new DeviceCatalog(RootDirectory).Names];
            var report = await new PatchMatrix(RootDirectory, SdkAssembly, CacheFolder.FromEnvironment(), Options, options, display)
                .RunAsync(series, devices, _interrupted.Token);
            display.Dispose();
            MatrixFiles.Write(report, PatchReports, RootDirectory);
            foreach (var line in MatrixText.Of(report).TrimEnd().Split('\n'))
            {
                Log.Information("{Line}", line);
            }

            var failed = report.Cells.Count(cell => !cell.Succeeded);
            ReportSummary(_ => _.AddPair("Cells", report.Cells.Count.ToString()).AddPair("Failed", failed.ToString()));
            Assert.True(report.Succeeded, $"{failed} of {report.Cells.Count} cells failed");
        }));

    private Target RefreshPatches => _ => _
        .Description("Rewrites patches that apply with an offset or with fuzz, so that they match the device's source")
        .Requires(() => Device)
        .Executes(() => RunAsync(async () =>
        {
            using var display = new ProgressDisplay();
            var (drifts, patches) = await DeviceRefresh.FindDriftAsync(
                RootDirectory, OneDevice, SeriesPaths, CacheFolder.FromEnvironment(), Options, display, _interrupted.Token);
            display.Dispose();
            foreach (var line in DriftReport.Of(drifts, patches).TrimEnd().Split('\n'))
            {
                Log.Information("{Line}", line);
            }

            Assert.True(
                drifts.All(drift => drift.Verdict == PatchVerdict.Applied),
                "a patch does not apply and cannot be rewritten automatically; nothing was written");
            if (!DryRun)
            {
                SeriesRefresh.Write(drifts);
            }
        }));

    private Target BisectPatches => _ => _
        .Description("Finds the first patch with which the build (--boot: the boot test) fails, and the smallest set that fails")
        .Requires(() => Device)
        .Executes(() => RunAsync(async () =>
        {
            using var display = new ProgressDisplay();
            var bisection = new PatchBisection(
                RootDirectory, OneDevice, SdkAssembly, CacheFolder.FromEnvironment(), Options, display);
            var (result, patches, trials) = await bisection.RunAsync(SeriesPaths, BootEach, _interrupted.Token);
            display.Dispose();
            var first = string.Join(" or ", result.First.Select(number => patches[number].Name));
            Log.Information("First bad patch: {Patch}", first);
            var smallest = string.Join(", ", result.Smallest.Select(number => patches[number].Name));
            Log.Information("Smallest set that fails: {Patches}", smallest);
            ReportSummary(_ => _.AddPair("First bad", first).AddPair("Trials", trials.ToString()));
        }));

    private IReadOnlyList<string> AllSeries => !Directory.Exists(RootDirectory / "patches") ? [] :
    [
        .. Directory.EnumerateDirectories(RootDirectory / "patches")
            .Where(folder => File.Exists(Path.Combine(folder, "series")))
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>A plain name is a folder of patches/; anything else is a path.</summary>
    private IReadOnlyList<string> SeriesPaths => [.. (Series ?? []).Select(name =>
        !name.Contains('/') && !File.Exists(name) ? (RootDirectory / "patches" / name).ToString() : Path.GetFullPath(name))];
}
