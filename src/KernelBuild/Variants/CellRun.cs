using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using KernelBuild.Artifacts;
using KernelBuild.Build;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;
using KernelBuild.Host.Reporting;

namespace KernelBuild.Variants;

/// <summary>One cell: fetched when the store has it, else built, stored and put beside the others.</summary>
/// <param name="machine">Part of the lane's name where several machines share the folder; empty for none.</param>
public sealed class CellRun(
    string rootFolder, string sdkAssembly, BuildOptions options, ArtifactStore store, VariantPlanner planner, CellNeeds needs,
    VariantPlan plan, string machine, IBuildLog log)
{
    private readonly MatrixFolders _folders = new(rootFolder);

    /// <returns>Built, fetched or failed.</returns>
    /// <exception cref="OperationCanceledException">Interrupted: nothing of the cell was stored, or all of it.</exception>
    public async Task<CellResult> RunAsync(PlannedCell cell, int jobs, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        try
        {
            using (await FolderLock.TakeAsync(_folders.Claim(cell.Key), cancellationToken))
            {
                var fetched = await FetchAsync(cell, cancellationToken);
                if (fetched.Entry is { } entry)
                {
                    return Describe(Found(cell, entry), entry) with { Seconds = watch.Elapsed.TotalSeconds };
                }

                if (fetched.Damage is { } damage)
                {
                    log.Report(damage);
                }

                var result = await BuildAsync(cell, jobs, replace: fetched.Damage is not null, cancellationToken);
                return result with
                {
                    Seconds = watch.Elapsed.TotalSeconds,
                    Findings = fetched.Damage is { } one ? [one, .. result.Findings] : result.Findings,
                };
            }
        }
        catch (DiagnosticException e)
        {
            return CellResult.Of(cell, CellVerdict.Failed) with { Findings = [.. e.Diagnostics], Seconds = watch.Elapsed.TotalSeconds };
        }
    }

    /// <summary>The cell out of the store; null when the store has none that is whole.</summary>
    public async Task<CellResult?> TryFetchAsync(PlannedCell cell, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        var fetched = await FetchAsync(cell, cancellationToken);
        return fetched.Entry is { } entry ? Describe(Found(cell, entry), entry) with { Seconds = watch.Elapsed.TotalSeconds } : null;
    }

    private Task<FetchedEntry> FetchAsync(PlannedCell cell, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folders.Products(cell.Cell))!);
        return store.FetchAsync(cell.Key, _folders.Products(cell.Cell), cancellationToken);
    }

    /// <summary>A task that was ended between storing its cell and saying so has built it nevertheless.</summary>
    private CellResult Found(PlannedCell cell, ArtifactEntry entry) => CellResult.Of(
        cell,
        entry.Facts.GetValueOrDefault("run") == plan.Run && entry.Facts.GetValueOrDefault("cell") == cell.Cell.Name
            ? CellVerdict.Built
            : CellVerdict.Fetched);

    private async Task<CellResult> BuildAsync(PlannedCell planned, int jobs, bool replace, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        var cell = planned.Cell;
        await RequireSameInputsAsync(planned, "when it was to be built", cancellationToken);
        using var lane = Lane.Take(_folders, cell.Device, machine);
        var project = new DeviceProject(rootFolder, cell.Device, cell.Series == VariantCell.None, sdkAssembly)
        {
            Variant = lane.Name,
            OnlyPatchSeries = cell.Series == VariantCell.None ? null : cell.Series,
            MoreConfigFragments = cell.Config is null ? [] : [cell.Config],
        };
        var lines = new List<string>();
        void Take(string line)
        {
            lock (lines)
            {
                lines.Add(line);
            }
        }

        int code;
        long peak;
        await using (var memory = new MemoryWatch("-p:KernelBuildVariant=" + lane.Name))
        {
            code = await project.BuildAsync(options with { Jobs = jobs }, Take, (_, _) => { }, cancellationToken);
            peak = memory.Peak;
        }

        needs.Add(cell.Device, peak);
        var result = CellResult.Of(planned, CellVerdict.Failed) with { PeakMemory = peak, Host = Environment.MachineName };
        if (code != 0)
        {
            var errors = lines
                .Select(Finding)
                .OfType<Diagnostic>()
                .Where(finding => finding.Severity == DiagnosticSeverity.Error)
                .ToImmutableArray();
            return result with { Findings = errors, Log = errors.IsEmpty ? [.. lines.TakeLast(10)] : [] };
        }

        if (plan.Boot)
        {
            await new BootTest.BootTestRun(project.Evaluated, log).RunAsync(cancellationToken);
        }

        var counts = Caching.CompilerCacheReport.Read(project.Folders.CompilerCacheLog);
        result = result with
        {
            Verdict = CellVerdict.Built,
            Objects = CompiledObjects.In(lines),
            CacheHits = counts?.Hits ?? 0,
            CacheMisses = counts?.Misses ?? 0,
        };
        // a file that was edited while the cell was built may have been read before or after
        await RequireSameInputsAsync(planned, "while it was built", cancellationToken);
        var entry = await store.PutAsync(
            planned.Key, project.Folders.Artifacts, CellProducts.In(project.Folders.Artifacts),
            FactsOf(result, plan.Run, watch.Elapsed.TotalSeconds), replace, cancellationToken);
        CellProducts.Copy(entry, project.Folders.Artifacts, _folders.Products(cell));
        return Describe(result, entry);
    }

    /// <summary>Another machine may have another compiler, and a file may have been edited since the plan.</summary>
    private async Task RequireSameInputsAsync(PlannedCell cell, string when, CancellationToken cancellationToken)
    {
        if (await planner.KeyOfAsync(cell.Cell, cancellationToken) is var now && now != cell.Key)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.CellInputsDiffer,
                $"{cell.Cell.Name} was planned as {cell.Key[..12]}… and was {now[..12]}… {when} on {Environment.MachineName}",
                "project, patches, fragments or toolchain are others than those of the plan: run the matrix again when they stand still, "
                + "with the same toolchain on each machine"));
        }
    }

    private static Dictionary<string, string> FactsOf(CellResult result, string run, double seconds) => new(StringComparer.Ordinal)
    {
        ["run"] = run,
        ["cell"] = result.Name,
        ["host"] = result.Host,
        ["seconds"] = seconds.ToString("0.0", CultureInfo.InvariantCulture),
        ["objects"] = result.Objects.ToString(CultureInfo.InvariantCulture),
    };

    private CellResult Describe(CellResult result, ArtifactEntry entry)
    {
        var image = entry.Files.FirstOrDefault(file => file.Name == "Image");
        return result with
        {
            Host = entry.Facts.GetValueOrDefault("host") ?? "",
            ImageBytes = image?.Size ?? 0,
            ImageSha256 = image?.Sha256.ToString() ?? "",
            Stages = CellProducts.StagesOf(Path.Combine(rootFolder, "artifacts", "matrix", "cells", result.Name)),
        };
    }

    private static Diagnostic? Finding(string line) => CanonicalForm.TryRead(line, out var finding) ? finding : null;
}
