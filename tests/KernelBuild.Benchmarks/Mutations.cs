using System.Diagnostics;
using System.Globalization;
using KernelBuild.Testing.DeviceTrees;
using KernelBuild.Testing.Iommu;

namespace KernelBuild.Benchmarks;

/// <summary>
/// Damages device trees and overlays, and captures of machines, on all processors; anything but an answer or a coded error ends the run.
/// </summary>
internal static class Mutations
{
    public static int Run(int count, int seed)
    {
        byte[][] originals = [BoardSources.BoardTree, Flattened.Strange()];
        var overlay = Dtc.CompileOverlay(BoardSources.Overlay);
        var watch = Stopwatch.StartNew();
        var workers = Environment.ProcessorCount;
        var runs = new TreeMutations[workers];
        Parallel.For(0, workers, worker =>
        {
            var run = runs[worker] = new TreeMutations(originals, overlay, seed + worker);
            for (var round = 0; round < count / workers; round++)
            {
                run.Step();
            }
        });
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{count} damaged trees in {watch.Elapsed.TotalSeconds:0} s: {runs.Sum(run => run.Read)} read, {runs.Sum(run => run.Refused)} "
            + $"coded errors ({string.Join(' ', runs.SelectMany(run => run.Codes).Distinct().Order())}), slowest "
            + $"{runs.Max(run => run.Slowest.TotalMilliseconds):0.0} ms"));
        return 0;
    }

    /// <summary>Texts of lspci in the forms that people have them in.</summary>
    public static int Lspci(int count, int seed) => Captures(count, seed, onlyTexts: true);

    public static int Iort(int count, int seed)
    {
        var watch = Stopwatch.StartNew();
        var runs = Enumerable.Range(seed, Environment.ProcessorCount).Select(number => new IortMutations(number)).ToArray();
        Parallel.ForEach(runs, run =>
        {
            for (var round = 0; round < count / runs.Length; round++)
            {
                run.Step();
            }
        });
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{count} damaged tables in {watch.Elapsed.TotalSeconds:0} s: {runs.Sum(run => run.Read)} read, "
            + $"{runs.Sum(run => run.Refused)} coded errors ({string.Join(' ', runs.SelectMany(run => run.Codes).Distinct().Order())}), "
            + $"slowest {runs.Max(run => run.Slowest.TotalMilliseconds):0.0} ms"));
        return 0;
    }

    public static int Captures(int count, int seed, bool onlyTexts = false)
    {
        var watch = Stopwatch.StartNew();
        var workers = Environment.ProcessorCount;
        var runs = Enumerable.Range(seed, workers).Select(number => new CaptureMutations(number, onlyTexts)).ToArray();
        Parallel.ForEach(runs, run =>
        {
            for (var round = 0; round < count / workers; round++)
            {
                run.Step();
            }
        });
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{count} damaged captures in {watch.Elapsed.TotalSeconds:0} s: {runs.Sum(run => run.Read)} read, "
            + $"{runs.Sum(run => run.Refused)} coded errors ({string.Join(' ', runs.SelectMany(run => run.Codes).Distinct().Order())}), "
            + $"slowest {runs.Max(run => run.Slowest.TotalMilliseconds):0.0} ms"));
        return 0;
    }
}
