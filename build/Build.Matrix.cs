using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;
using KernelBuild.Host.Reporting;
using KernelBuild.Variants;
using Nuke.Common;
using Nuke.Common.Utilities.Collections;
using Serilog;
using HostPrerequisites = KernelBuild.Host.Prerequisites.Prerequisites;

/// <summary>Devices x series x configurations.</summary>
internal sealed partial class Build
{
    [Parameter("Matrix: configuration fragments, each on top of the device's own; none for the device's own")]
    private readonly string[]? Configs;

    [Parameter("Matrix: who builds the cells: local, slurm or ci; local by default")]
    private readonly string? Executor;

    [Parameter("Matrix: the artifact store, a folder, http(s)://, s3://, oci:// or oci+http://; one in the user's cache by default", Name = "Store")]
    private readonly string? StoreAddressText;

    [Parameter("Matrix: how many cells are built at once on this machine; what processors and memory carry by default")]
    private readonly int? Lanes;

    [Parameter("Matrix --executor slurm: options of sbatch for every job, without their dashes: partition=fast mem=2G")]
    private readonly string[]? SlurmOptions;

    [Parameter("MatrixCell, MatrixJoin: the plan that Matrix has written")]
    private readonly string? MatrixPlan;

    [Parameter("MatrixCell: which cell of the plan", Name = "MatrixCell")]
    private readonly int? CellNumber;

    private Target Matrix => _ => _
        .Description("Builds each of --devices with each of --series and --configs, or fetches what was built: artifacts/matrix/report.*")
        .Executes(() => RunAsync(async () =>
        {
            using var display = new ProgressDisplay();
            if (BootEach)
            {
                await HostPrerequisites.EnsureAsync(HostPrerequisites.ForBootTest, Options, display, _interrupted.Token);
            }

            var run = new MatrixRun(
                RootDirectory, SdkAssembly, CacheFolder.FromEnvironment(), Options,
                new MatrixSettings(ExecutorKindOf(Executor), StoreAddressText, BootEach)
                {
                    Lanes = Lanes is null or > 0 ? Lanes : throw Usage($"--lanes is {Lanes}", "give a number above 0"),
                    SbatchOptions = SbatchOptions,
                    BuildAssembly = typeof(Build).Assembly.Location,
                    BuildOptions = TaskOptions,
                }, display);
            var report = await run.RunAsync(MatrixAxes, _interrupted.Token);
            display.Dispose();
            Show(report);
        }));

    private Target MatrixCell => _ => _
        .Description("A step of Matrix --executor slurm, which its jobs run: builds one cell")
        .Requires(() => MatrixPlan)
        .Executes(() => RunAsync(async () =>
        {
            using var display = new ProgressDisplay();
            var number = CellNumber ?? throw Usage("MatrixCell needs --matrix-cell", "it is a step of Matrix --executor slurm");
            var result = await TaskOf(display).RunCellAsync(number, Node, _interrupted.Token);
            display.Dispose();
            foreach (var finding in result.Findings)
            {
                Findings.Report(finding);
            }

            ReportSummary(_ => _.AddPair(result.Name, VariantText.Word(result.Verdict)));
            Assert.True(result.IsGood, $"{result.Name} was not built");
        }));

    private Target MatrixJoin => _ => _
        .Description("A step of Matrix --executor slurm, which its last job runs: submits again what was ended, or writes the report")
        .Requires(() => MatrixPlan)
        .Executes(() => RunAsync(async () =>
        {
            using var display = new ProgressDisplay();
            var task = TaskOf(display);
            var executor = task.Executor(typeof(Build).Assembly.Location, SbatchOptions, TaskOptions);
            if (await task.JoinAsync(executor, Node, _interrupted.Token) is { } report)
            {
                display.Dispose();
                Show(report);
            }
        }));

    private MatrixTask TaskOf(ProgressDisplay display) => new(
        RootDirectory, SdkAssembly, CacheFolder.FromEnvironment(), Options with { Jobs = Jobs ?? ProcessorsOfJob }, MatrixPlan!, display);

    /// <summary>Of this node; every machine that shares the folder has lanes of its own.</summary>
    private static string Node => Environment.GetEnvironmentVariable("SLURMD_NODENAME") ?? Environment.MachineName;

    /// <summary>What Slurm gave the job; null outside of one.</summary>
    private static int? ProcessorsOfJob => ((string[])["SLURM_CPUS_PER_TASK", "SLURM_CPUS_ON_NODE"])
        .Select(name => int.TryParse(Environment.GetEnvironmentVariable(name), out var count) ? count : (int?)null)
        .FirstOrDefault(count => count is not null);

    private string[] SbatchOptions => [.. (SlurmOptions ?? []).Select(option => "--" + option.TrimStart('-'))];

    private string TaskOptions => string.Join(' ', ((string?[])
    [
        Jobs is { } jobs ? $"--jobs {jobs}" : null, Locked ? "--locked" : null, Offline ? "--offline" : null,
        NoInstall ? "--no-install" : null,
        SlurmOptions is { Length: > 0 } options ? "--slurm-options " + string.Join(' ', options) : null,
    ]).OfType<string>());

    private void Show(VariantReport report)
    {
        foreach (var cell in report.Cells)
        {
            Log.Information("{Cell}: {Verdict}", cell.Name, VariantText.Word(cell.Verdict));
            foreach (var finding in cell.Findings)
            {
                Findings.Report(finding);
            }

            foreach (var line in cell.Log)
            {
                Log.Error("{Line}", line);
            }
        }

        Log.Information("{Report}", RootDirectory / "artifacts" / "matrix" / "report.md");
        ReportSummary(_ => _.AddPair("Cells", report.Cells.Length.ToString()).AddPair("Result", VariantText.Total(report)));
        Assert.True(report.Succeeded, $"{report.Cells.Count(cell => !cell.IsGood)} of {report.Cells.Length} cells are not good");
    }

    private VariantAxes MatrixAxes => new(
        PipelineDevices is { Length: > 0 } ? [.. PipelineDevices.SelectMany(SplitAtComma)]
            : throw Usage("Matrix needs --devices", "./nuke.sh Matrix --devices A,B --series S1,none"),
        [.. (Series ?? []).SelectMany(SplitAtComma).Select(name => name == VariantCell.None || name.Contains('/') || Directory.Exists(name)
            ? name == VariantCell.None ? name : Path.GetFullPath(name)
            : (RootDirectory / "patches" / name).ToString())],
        [.. (Configs ?? []).SelectMany(SplitAtComma).Select(name => name == VariantCell.None ? name : Path.GetFullPath(name))]);

    private static ExecutorKind ExecutorKindOf(string? name) => name is null ? ExecutorKind.Local
        : Enum.TryParse<ExecutorKind>(name, ignoreCase: true, out var kind) && !char.IsAsciiDigit(name[0]) ? kind
        : throw Usage($"--executor is '{name}'", "give local, slurm or ci");

    private static DiagnosticException Usage(string what, string fix) => new(Diagnostic.Error(DiagnosticCodes.UsageInvalid, what, fix));
}
