using KernelBuild.Host.Reporting;

namespace KernelBuild.Variants;

/// <summary>Builds cells on this machine, as many at once as processors and memory carry.</summary>
public sealed class LocalExecutor(CellRun run, CellNeeds needs, ResultFolder results, int processors, int? lanes, IBuildLog log)
{
    private static readonly TimeSpan _memoryWait = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private int _running;
    private int _done;

    /// <summary>
    /// The first cell of each key, then those that only take what that made. What is finished stays finished when the run is interrupted.
    /// </summary>
    public async Task RunAsync(VariantPlan plan, CancellationToken cancellationToken)
    {
        var first = plan.Distinct.ToList();
        var count = LaneCount.For(
            processors, first.Count, ProcessMemory.Available(),
            jobs => first.Select(cell => needs.Of(cell.Cell.Device, jobs)).DefaultIfEmpty(0).Max());
        if (lanes is { } wanted)
        {
            count = new LaneCount(wanted, Math.Max(1, processors / wanted));
        }

        log.Status($"{plan.Cells.Length} cells, {first.Count} of them with a key of their own; {count.Lanes} at once with -j{count.Jobs}");
        await Task.WhenAll(Enumerable.Range(0, count.Lanes).Select(_ => LaneAsync(first, count.Jobs, plan, cancellationToken)));
        foreach (var cell in plan.Cells.Except(plan.Distinct))
        {
            results.Keep(await run.RunAsync(cell, processors, cancellationToken));
        }
    }

    private async Task LaneAsync(List<PlannedCell> waiting, int jobs, VariantPlan plan, CancellationToken cancellationToken)
    {
        string? last = null;
        while (Next(waiting, last) is { } cell)
        {
            last = cell.Cell.Device;
            try
            {
                await UntilThereIsMemoryAsync(last, jobs, cancellationToken);
                var result = await run.RunAsync(cell, jobs, cancellationToken);
                results.Keep(result);
                log.Status($"{result.Name}: {VariantText.Word(result.Verdict)} in {result.Seconds:0.0} s");
                log.Progress("cells", (double)Interlocked.Increment(ref _done) / plan.Cells.Length);
            }
            finally
            {
                lock (_lock)
                {
                    _running--;
                }
            }
        }
    }

    /// <summary>A cell of the lane's device, which compiles least; else one of the device that has most cells waiting.</summary>
    private PlannedCell? Next(List<PlannedCell> waiting, string? device)
    {
        lock (_lock)
        {
            var next = waiting.Find(cell => cell.Cell.Device == device)
                ?? waiting.GroupBy(cell => cell.Cell.Device, StringComparer.Ordinal).MaxBy(group => group.Count())?.First();
            if (next is not null)
            {
                waiting.Remove(next);
                _running++;
            }

            return next;
        }
    }

    /// <summary>Other programs may have taken what was free when the lanes were counted; a single build goes on regardless.</summary>
    private async Task UntilThereIsMemoryAsync(string device, int jobs, CancellationToken cancellationToken)
    {
        while (ProcessMemory.Available() < needs.Of(device, jobs))
        {
            lock (_lock)
            {
                if (_running == 1)
                {
                    return;
                }
            }

            await Task.Delay(_memoryWait, cancellationToken);
        }
    }
}
