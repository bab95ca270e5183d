using System.Diagnostics;
using KernelBuild.Build;
using KernelBuild.Diagnostics;
using KernelBuild.Git.Objects;
using KernelBuild.Git.Repositories;
using KernelBuild.Host.Files;
using KernelBuild.Host.Reporting;
using KernelBuild.Patches.Application;
using KernelBuild.Patches.Diagnosis;
using KernelBuild.Patches.Engine;
using KernelBuild.Patches.Reports;
using KernelBuild.Patches.Series;

namespace KernelBuild.Bench;

/// <summary>
/// Checks series against the sources of devices. A cell of which neither the patches' bytes nor the files that they touch have
/// changed is taken from the last run.
/// </summary>
public sealed class PatchMatrix(
    string rootFolder, string sdkAssembly, CacheFolder cache, BuildOptions buildOptions, MatrixOptions options, IBuildLog log)
{
    private readonly CellStore _cells = new(Path.Combine(rootFolder, ".work", "patch-cells"));

    /// <param name="series">Folders with a series, mailboxes, patches.</param>
    /// <exception cref="DiagnosticException">A device or a series is not there, or a source cannot be fetched.</exception>
    public async Task<MatrixReport> RunAsync(
        IReadOnlyList<string> series, IReadOnlyList<string> devices, CancellationToken cancellationToken)
    {
        var store = await GitStore.OpenAsync(cache.Store, cancellationToken);
        var loaded = series
            .Select(path => (Name: Path.GetFileName(Path.TrimEndingDirectorySeparator(path)), Patches: SeriesInput.Load(path)))
            .ToArray();
        var sources = new List<(string Device, GitObjectId Commit)>();
        var cells = new List<MatrixCell>();
        foreach (var device in devices)
        {
            try
            {
                var evaluation = await DeviceEvaluation.OfAsync(rootFolder, device, cancellationToken);
                sources.Add(
                    (device,
                        await DeviceSource.FetchAsync(rootFolder, device, evaluation, cache, store, buildOptions, log, cancellationToken)));
            }
            catch (DiagnosticException e) when (options.KeepGoing)
            {
                cells.AddRange(loaded.Select(one => WithoutSource(one.Name, device, e)));
            }
        }

        await using var objects = new ObjectReader(store, contents: true, cancellationToken);
        var trees = sources
            .Select(source => source.Commit)
            .Distinct()
            .ToDictionary(commit => commit, commit => new SourceTree(objects, commit.ToString()));
        foreach (var (name, patches) in loaded)
        {
            var parsed = patches.AsParallel().AsOrdered().Select(patch => ParsedPatch.Read(patch)).ToArray();
            foreach (var (device, commit) in sources)
            {
                for (var length = options.Each ? 1 : patches.Count; length <= patches.Count; length++)
                {
                    var prefix = new Prefix(
                        name, [.. patches.Take(length)], [.. parsed.Take(length).SelectMany(one => one)], device, commit);
                    cells.Add(await CheckAsync(store, trees[commit], prefix, patches.Count, cancellationToken));
                    log.Progress(cells[^1].Name, (double)cells.Count / (loaded.Length * devices.Count));
                }
            }
        }

        return new MatrixReport(cells);
    }

    private async Task<MatrixCell> CheckAsync(
        GitStore store, SourceTree source, Prefix prefix, int total, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var watch = Stopwatch.StartNew();
        await Task.Run(() => source.Load(prefix.Parsed.SelectMany(patch => patch.Paths)), cancellationToken);
        var key = CellKey.Of(prefix.Patches, prefix.Parsed, source, options.KeepGoing);
        var cell = options.Force ? null : _cells.Find(key);
        // where a file went is told from the whole source: such a cell is good for that source alone
        var depends = cell is null
            || cell.Patches.Any(patch => patch.Findings.Any(finding => finding.Code == DiagnosticCodes.PatchFileMissing));
        if (cell is null || (depends && cell.Source != prefix.Commit.ToString()))
        {
            var report = await SeriesRun.ApplyAsync(store, prefix.Commit, prefix.Patches, new SeriesOptions { KeepGoing = options.KeepGoing }, cancellationToken);
            cell = Describe(prefix, report, watch.Elapsed.TotalSeconds);
            _cells.Keep(key, cell);
        }
        else
        {
            // commit and tree are of the source that the cell was checked on
            var same = cell.Source == prefix.Commit.ToString();
            cell = cell with
            {
                Series = prefix.Name, Device = prefix.Device, Source = prefix.Commit.ToString(), Unchanged = true,
                Seconds = watch.Elapsed.TotalSeconds,
                Commit = same ? cell.Commit : null, Tree = same ? cell.Tree : null,
            };
        }

        cell = cell with { Length = prefix.Patches.Count == total ? 0 : prefix.Patches.Count };
        return cell.Succeeded && (options.Build || options.Boot) ? await BuildAsync(prefix, cell, cancellationToken) : cell;
    }

    private static MatrixCell WithoutSource(string series, string device, DiagnosticException e) => new()
    {
        Series = series,
        Length = 0,
        Device = device,
        Source = "",
        Verdict = MatrixCell.NoSource,
        Patches = [],
        Findings = [.. e.Diagnostics],
    };

    private static MatrixCell Describe(Prefix prefix, SeriesReport report, double seconds) => new()
    {
        Series = prefix.Name,
        Length = prefix.Patches.Count,
        Device = prefix.Device,
        Source = prefix.Commit.ToString(),
        Verdict = report.Succeeded ? "applied" : "failed",
        Commit = report.Commit?.ToString(),
        Tree = report.Tree?.ToString(),
        Seconds = seconds,
        Patches =
        [
            .. report.Patches.Select(patch => new PatchCell(patch.Name, patch.Subject, VerdictWord.Of(patch.Verdict), patch.Findings)),
        ],
    };

    private async Task<MatrixCell> BuildAsync(Prefix prefix, MatrixCell cell, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        var trial = new TrialBuild(rootFolder, prefix.Device, sdkAssembly, buildOptions, log);
        var result = await trial.RunAsync(prefix.Patches, options.Boot, cancellationToken);
        return cell with
        {
            Verdict = result.Verdict,
            Log = result.Log,
            Unchanged = cell.Unchanged && result.Unchanged,
            Seconds = cell.Seconds + watch.Elapsed.TotalSeconds,
        };
    }

    /// <summary>What a cell is made of.</summary>
    private sealed record Prefix(
        string Name, IReadOnlyList<PatchFile> Patches, IReadOnlyList<ParsedPatch> Parsed, string Device, GitObjectId Commit);
}
