using System.Diagnostics;
using System.Globalization;
using KernelBuild.Testing.BootImages;

namespace KernelBuild.Benchmarks;

/// <summary>Mutated inputs for every reader of boot images, in any number.</summary>
internal static class Fuzz
{
    /// <summary>Shares the inputs among the readers and the threads; 1 when there is a defect.</summary>
    /// <param name="inputs">How many in all.</param>
    /// <param name="seed">Of the mutations.</param>
    /// <param name="threads">How many at once.</param>
    /// <param name="only">The one reader that gets them; null for all.</param>
    public static int Run(long inputs, int seed, int threads, string? only)
    {
        var watch = Stopwatch.StartNew();
        var targets = FuzzTargets.All.Where(target => only is null || target.Name == only).ToArray();
        if (targets.Length == 0)
        {
            Console.Error.WriteLine($"no reader is called {only}: {string.Join(", ", FuzzTargets.All.Select(target => target.Name))}");
            return 2;
        }

        var share = inputs / targets.Sum(target => target.Share) / threads;
        long total = 0;
        var defects = new List<string>();
        foreach (var target in targets)
        {
            var started = watch.Elapsed;
            var fuzzers = Enumerable.Range(0, threads).Select(thread => new Fuzzer(target, seed + (thread * 7919))).ToArray();
            Parallel.ForEach(
                fuzzers, new ParallelOptions { MaxDegreeOfParallelism = threads },
                fuzzer => fuzzer.Run((long)Math.Ceiling(share * target.Share), TimeSpan.MaxValue));
            var count = fuzzers.Sum(f => f.Inputs);
            total += count;
            defects.AddRange(fuzzers.Select(f => f.Defect).OfType<string>());
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{target.Name,-12} {count,10} inputs  {fuzzers.Sum(f => f.Accepted) * 100.0 / Math.Max(1, count),5:0.0} % read  slowest "
                + $"{fuzzers.Max(f => f.Slowest).TotalMilliseconds,6:0} ms  most memory {fuzzers.Max(f => f.LargestAllocation) >> 10,7} "
                + $"KiB  {(watch.Elapsed - started).TotalSeconds,6:0} s"));
        }

        foreach (var defect in defects)
        {
            Console.Error.WriteLine(defect);
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{total} inputs, {defects.Count} defects, {watch.Elapsed.TotalSeconds:0} s"));
        return defects.Count == 0 ? 0 : 1;
    }
}
