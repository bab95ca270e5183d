using KernelBuild.Artifacts;
using KernelBuild.Host.Files;
using KernelBuild.Host.Reporting;

namespace KernelBuild.Variants;

/// <summary>A matrix from its axes to its report.</summary>
public sealed class MatrixRun(
    string rootFolder, string sdkAssembly, CacheFolder cache, BuildOptions options, MatrixSettings settings, IBuildLog log)
{
    private readonly MatrixFolders _folders = new(rootFolder);

    /// <exception cref="Diagnostics.DiagnosticException">Usage, store or host are at fault; what a cell finds is in the report.</exception>
    /// <exception cref="OperationCanceledException">Interrupted; the report says what was finished.</exception>
    public async Task<VariantReport> RunAsync(VariantAxes axes, CancellationToken cancellationToken)
    {
        var cells = axes.Cells();
        using var store = StoreAddress.Open(settings.Store, cache);
        var planner = new VariantPlanner(rootFolder, sdkAssembly, cache, options, settings.Boot, log);
        var plan = await planner.PlanAsync(cells, settings.Store, cancellationToken);
        Directory.CreateDirectory(_folders.PlanFolder(plan.Id));
        plan.Save(_folders.PlanFile(plan.Id));
        var results = new ResultFolder(_folders.Results(plan.Id));
        results.Clear();
        if (settings.Executor == ExecutorKind.Ci)
        {
            return await ForCiAsync(plan, store, cancellationToken);
        }

        var needs = CellNeeds.Load(_folders);
        var run = new CellRun(rootFolder, sdkAssembly, options, store, planner, needs, plan, machine: "", log);
        try
        {
            if (settings.Executor == ExecutorKind.Slurm)
            {
                await OnClusterAsync(plan, run, results, cancellationToken);
            }
            else
            {
                var processors = options.Jobs ?? Environment.ProcessorCount;
                await new LocalExecutor(run, needs, results, processors, settings.Lanes, log).RunAsync(plan, cancellationToken);
            }
        }
        finally
        {
            VariantReportFiles.Write(VariantReport.Of(plan, store.Display, results), _folders.Reports, rootFolder);
        }

        return VariantReport.Of(plan, store.Display, results);
    }

    private async Task OnClusterAsync(VariantPlan plan, CellRun run, ResultFolder results, CancellationToken cancellationToken)
    {
        var missing = new List<int>();
        foreach (var (number, cell) in plan.Distinct.Index())
        {
            if (await run.TryFetchAsync(cell, cancellationToken) is { } fetched)
            {
                results.Keep(fetched);
            }
            else
            {
                missing.Add(number);
            }
        }

        var task = new MatrixTask(rootFolder, sdkAssembly, cache, options, _folders.PlanFile(plan.Id), log);
        var executor = task.Executor(settings.BuildAssembly, settings.SbatchOptions, settings.BuildOptions);
        executor.Begin();
        if (missing.Count == 0)
        {
            await task.FinishAsync(executor.DoneFile, "", cancellationToken);
            return;
        }

        await executor.SubmitAsync(missing, cancellationToken);
        while (!await executor.WaitAsync(results, cancellationToken))
        {
            // the joining job was ended too
            await task.JoinAsync(executor, "", cancellationToken);
        }
    }

    private async Task<VariantReport> ForCiAsync(VariantPlan plan, ArtifactStore store, CancellationToken cancellationToken)
    {
        var missing = new List<PlannedCell>();
        foreach (var cell in plan.Distinct)
        {
            if (await store.FindAsync(cell.Key, cancellationToken) is null)
            {
                missing.Add(cell);
            }
        }

        foreach (var file in CiMatrix.Write(missing, plan, rootFolder, _folders.Reports))
        {
            log.Status(file);
        }

        log.Status(CiMatrix.GitHub(missing, plan, rootFolder));
        return new VariantReport(store.Display, plan.Refused);
    }
}
