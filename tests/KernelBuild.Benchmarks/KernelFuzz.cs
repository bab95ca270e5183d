using System.Diagnostics;
using System.Globalization;
using KernelBuild.Testing.KernelImages;

namespace KernelBuild.Benchmarks;

/// <summary>Damages kernels and their containers, on all processors; anything but an answer or a coded error ends the run.</summary>
internal static class KernelFuzz
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);

    public static int Run(int count, int seed)
    {
        var watch = Stopwatch.StartNew();
        var workers = Environment.ProcessorCount;
        var runs = new KernelMutations[workers];
        Parallel.For(0, workers, worker =>
        {
            var run = runs[worker] = new KernelMutations(seed + worker);
            for (var round = 0; round < count / workers; round++)
            {
                run.Step();
            }
        });
        var slowest = runs.Max(run => run.Slowest);
        using var self = Process.GetCurrentProcess();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{count} damaged kernels, seed {seed}, in {watch.Elapsed.TotalSeconds:0} s: {runs.Sum(run => run.Read)} read, "
            + $"{runs.Sum(run => run.Refused)} coded errors ({string.Join(' ', runs.SelectMany(run => run.Codes).Distinct().Order())}), "
            + $"slowest {slowest.TotalMilliseconds:0.0} ms, {self.PeakWorkingSet64 >> 20} MB at most"));
        return slowest < Longest ? 0 : 1;
    }
}
