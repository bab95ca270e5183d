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
        var rounds = new int[workers];
        var began = Enumerable.Repeat(watch.Elapsed, workers).ToArray();

        // an input that takes for ever would end no step
        using var guard = new Timer(
            _ =>
            {
                for (var worker = 0; worker < workers; worker++)
                {
                    if (watch.Elapsed - began[worker] > 10 * Longest && rounds[worker] < count / workers)
                    {
                        Console.WriteLine(string.Create(
                            CultureInfo.InvariantCulture, $"step {rounds[worker]} of seed {seed + worker} takes longer than {10 * Longest.TotalSeconds} s"));
                        Environment.Exit(1);
                    }
                }
            },
            null, Longest, Longest);
        Parallel.For(0, workers, worker =>
        {
            var run = runs[worker] = new KernelMutations(seed + worker);
            for (var round = 0; round < count / workers; round++)
            {
                (rounds[worker], began[worker]) = (round, watch.Elapsed);
                run.Step();
            }

            rounds[worker] = count;
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
