using KernelBuild.Artifacts;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;
using KernelBuild.Host.Reporting;

namespace KernelBuild.Variants;

/// <summary>What the jobs of a cluster run: a cell of a plan, and the joining of all.</summary>
/// <param name="planFile">Written by whoever submitted them.</param>
public sealed class MatrixTask(
    string rootFolder, string sdkAssembly, CacheFolder cache, BuildOptions options, string planFile, IBuildLog log)
{
    private readonly VariantPlan _plan = Load(planFile);
    private readonly MatrixFolders _folders = new(rootFolder);

    private ResultFolder Results => new(_folders.Results(_plan.Id));

    /// <param name="number">In <see cref="VariantPlan.Distinct"/>.</param>
    /// <param name="machine">Name of the node.</param>
    public async Task<CellResult> RunCellAsync(int number, string machine, CancellationToken cancellationToken)
    {
        var cell = _plan.Distinct.ElementAtOrDefault(number) ?? throw new DiagnosticException(Diagnostic.Error(
            DiagnosticCodes.UsageInvalid, $"the plan has no cell {number}", "run ./nuke.sh Matrix again"));
        if (Results.Find(cell) is { } finished)
        {
            // a task that was requeued after it had finished
            return finished;
        }

        using var store = StoreAddress.Open(_plan.Store, cache);
        var result = await Run(store, machine).RunAsync(cell, options.Jobs ?? Environment.ProcessorCount, cancellationToken);
        Results.Keep(result);
        return result;
    }

    /// <summary>After an array's tasks have ended, however they did: submits again what has no result, or finishes the matrix.</summary>
    /// <returns>The report; null when cells were submitted again.</returns>
    public async Task<VariantReport?> JoinAsync(SlurmExecutor executor, string machine, CancellationToken cancellationToken)
    {
        int[] missing = [.. _plan.Distinct.Index().Where(one => Results.Find(one.Item) is null).Select(one => one.Index)];
        if (missing.Length > 0 && await executor.SubmitAsync(missing, cancellationToken))
        {
            log.Status($"{missing.Length} cells have no result: their tasks were ended; they are submitted again");
            return null;
        }

        return await FinishAsync(executor.DoneFile, machine, cancellationToken);
    }

    /// <summary>Gives the cells that share a key what it made, and writes the report.</summary>
    public async Task<VariantReport> FinishAsync(string doneFile, string machine, CancellationToken cancellationToken)
    {
        using var store = StoreAddress.Open(_plan.Store, cache);
        var run = Run(store, machine);
        foreach (var cell in _plan.Cells.Except(_plan.Distinct).Where(cell => Results.Find(cell) is null))
        {
            if (await run.TryFetchAsync(cell, cancellationToken) is { } result)
            {
                Results.Keep(result);
            }
        }

        var report = VariantReport.Of(_plan, store.Display, Results);
        VariantReportFiles.Write(report, _folders.Reports, rootFolder);
        AtomicFile.Write(doneFile, VariantText.Total(report) + "\n");
        return report;
    }

    public SlurmExecutor Executor(string buildAssembly, IReadOnlyList<string> sbatchOptions, string buildOptions) =>
        new(rootFolder, buildAssembly, _plan, sbatchOptions, buildOptions, log);

    private CellRun Run(ArtifactStore store, string machine)
    {
        var planner = new VariantPlanner(rootFolder, sdkAssembly, cache, options, _plan.Boot, log);
        return new CellRun(rootFolder, sdkAssembly, options, store, planner, CellNeeds.Load(_folders), _plan, machine, log);
    }

    private static VariantPlan Load(string path) => File.Exists(path) ? VariantPlan.Load(path) : throw new DiagnosticException(
        Diagnostic.Error(
            DiagnosticCodes.UsageInvalid, $"there is no plan '{path}'",
            "MatrixCell and MatrixJoin are steps of ./nuke.sh Matrix --executor slurm, which writes it"));
}
