using KernelBuild.Devices;
using KernelBuild.Patches.Bench;
using KernelBuild.Patches.Diagnosis;
using KernelBuild.Patches.Refreshing;
using KernelBuild.Patches.Reports;
using KernelBuild.Store;
using Nuke.Common;
using Nuke.Common.IO;
using Nuke.Common.Utilities.Collections;
using Serilog;

internal sealed partial class Build
{
    [Parameter("Patch series: folders of patches/, or paths")]
    private readonly string[]? Series;

    [Parameter("Check every prefix of the series too")]
    private readonly bool Each;

    [Parameter("Compile each cell", Name = "Build")]
    private readonly bool Compile;

    [Parameter("Boot each cell under QEMU too")]
    private readonly bool Boot;

    [Parameter("Check again what has not changed")]
    private readonly bool Force;

    [Parameter("Show the drift, write nothing")]
    private readonly bool DryRun;

    private AbsolutePath PatchReports => RootDirectory / "artifacts" / "patches";

    private Target TestPatches => _ => _
        .Description("Checks series (all by default) against the sources of devices (all by default): artifacts/patches/report.*")
        .Executes(() => RunAsync(async () =>
        {
            using var display = new ProgressDisplay();
            var options = new MatrixOptions { Each = Each, Build = Compile, Boot = Boot, Force = Force };
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

            ReportSummary(_ => _.AddPair("Cells", report.Cells.Count.ToString()).AddPair("Failed", report.Cells.Count(cell => !cell.Succeeded).ToString()));
            Assert.True(report.Succeeded, $"{report.Cells.Count(cell => !cell.Succeeded)} cell(s) failed");
        }));

    private Target RefreshPatches => _ => _
        .Description("Rewrites patches that apply at an offset or with less context, so that they fit the device's source")
        .Requires(() => Device)
        .Executes(() => RunAsync(async () =>
        {
            using var display = new ProgressDisplay();
            var (drifts, patches) = await DeviceRefresh.FindDriftAsync(RootDirectory, OneDevice, SeriesPaths, CacheFolder.FromEnvironment(), Options, display, _interrupted.Token);
            display.Dispose();
            foreach (var line in DriftReport.Of(drifts, patches).TrimEnd().Split('\n'))
            {
                Log.Information("{Line}", line);
            }

            Assert.True(drifts.All(drift => drift.Verdict == PatchVerdict.Applied), "a patch does not fit and cannot be made to; nothing was written");
            if (!DryRun)
            {
                SeriesRefresh.Write(drifts);
            }
        }));

    private Target BisectPatches => _ => _
        .Description("Finds the patch with which the device's build (--boot: its boot test) begins to fail, and the smallest set that fails")
        .Requires(() => Device)
        .Executes(() => RunAsync(async () =>
        {
            using var display = new ProgressDisplay();
            var (result, patches, trials) = await new PatchBisection(RootDirectory, OneDevice, SdkAssembly, CacheFolder.FromEnvironment(), Options, display)
                .RunAsync(SeriesPaths, Boot, _interrupted.Token);
            display.Dispose();
            Log.Information("First bad patch: {Patch}", string.Join(" or ", result.First.Select(number => patches[number].Name)));
            Log.Information("Smallest set that fails: {Patches}", string.Join(", ", result.Smallest.Select(number => patches[number].Name)));
            ReportSummary(_ => _.AddPair("First bad", string.Join(" or ", result.First.Select(number => patches[number].Name))).AddPair("Trials", trials.ToString()));
        }));

    private IReadOnlyList<string> AllSeries => Directory.Exists(RootDirectory / "patches")
        ? [.. Directory.EnumerateDirectories(RootDirectory / "patches").Where(folder => File.Exists(Path.Combine(folder, "series"))).Order(StringComparer.Ordinal)]
        : [];

    /// <summary>A name stands for a folder of patches/; anything else is a path.</summary>
    private IReadOnlyList<string> SeriesPaths => [.. (Series ?? []).Select(name =>
        !name.Contains('/') && !File.Exists(name) ? (RootDirectory / "patches" / name).ToString() : Path.GetFullPath(name))];
}
