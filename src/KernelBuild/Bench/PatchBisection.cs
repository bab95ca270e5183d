using System.Globalization;
using KernelBuild.Build;
using KernelBuild.Diagnostics;
using KernelBuild.Git.Objects;
using KernelBuild.Git.Repositories;
using KernelBuild.Host.Files;
using KernelBuild.Host.Reporting;
using KernelBuild.Patches.Engine;
using KernelBuild.Patches.Series;

namespace KernelBuild.Bench;

/// <summary>Finds the patch of a device with which its build, or its boot test, begins to fail.</summary>
public sealed class PatchBisection(
    string rootFolder, string device, string sdkAssembly, CacheFolder cache, BuildOptions options, IBuildLog log)
{
    /// <param name="series">Series in place of the device's own; empty for those.</param>
    /// <param name="boot">The fault shows at boot rather than at compilation.</param>
    /// <exception cref="DiagnosticException">KB2016 when there is nothing to search.</exception>
    public async Task<(BisectionResult Result, IReadOnlyList<PatchFile> Patches, int Trials)> RunAsync(
        IReadOnlyList<string> series, bool boot, CancellationToken cancellationToken)
    {
        var evaluation = await DeviceEvaluation.OfAsync(rootFolder, device, cancellationToken);
        var patches = (series.Count > 0 ? series : evaluation.PatchSeries).SelectMany(SeriesInput.Load).ToArray();
        var store = await GitStore.OpenAsync(cache.Store, cancellationToken);
        var source = await DeviceSource.FetchAsync(rootFolder, device, evaluation, cache, store, options, log, cancellationToken);
        var trial = new TrialBuild(rootFolder, device, sdkAssembly, options, log);
        var bisection = new Bisection(patches.Length, async numbers =>
        {
            var chosen = numbers.Select(number => patches[number]).ToArray();
            var outcome = await TryAsync(store, source, trial, chosen, boot, cancellationToken);
            log.Status(string.Create(
                CultureInfo.InvariantCulture,
                $"{(chosen.Length == 0 ? "no patch" : Name(numbers))}: {outcome switch { TrialOutcome.Good => "good", TrialOutcome.Bad =>
                    "bad", _ => "cannot be told" }}"));
            return outcome;
        });
        var result = await bisection.RunAsync() ?? throw new DiagnosticException(Diagnostic.Error(
            DiagnosticCodes.BisectionImpossible,
            $"there is nothing to search: either '{device}' {(boot ? "boots" : "builds")} with all of its {patches.Length} patches, or it "
            + $"does not without any",
            "the lines above say which; a fault that the bare source has is none of the patches'"));
        return (result, patches, bisection.Trials);
    }

    private static string Name(IReadOnlyList<int> numbers) => numbers.Count == numbers[^1] + 1
        ? string.Create(CultureInfo.InvariantCulture, $"patches 1 to {numbers.Count}")
        : "patches " + string.Join(", ", numbers.Select(number => (number + 1).ToString(CultureInfo.InvariantCulture)));

    private static async Task<TrialOutcome> TryAsync(
        GitStore store, GitObjectId source, TrialBuild trial, PatchFile[] patches, bool boot, CancellationToken cancellationToken)
    {
        var report = await SeriesRun.ApplyAsync(store, source, patches, new SeriesOptions(), cancellationToken);
        if (!report.Succeeded)
        {
            return TrialOutcome.Unresolved;
        }

        return (await trial.RunAsync(patches, boot, cancellationToken)).Verdict switch
        {
            "built" or "booted" => TrialOutcome.Good,
            // what does not build says nothing of how it would boot
            "build-failed" when boot => TrialOutcome.Unresolved,
            _ => TrialOutcome.Bad,
        };
    }
}
