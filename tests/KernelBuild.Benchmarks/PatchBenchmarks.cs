using System.Globalization;
using System.Text;
using KernelBuild.EndToEnd.Tests.Infra.Patches;

namespace KernelBuild.Benchmarks;

/// <summary>The patch engine against git apply, on patches cut from the difference of two kernels.</summary>
internal static class PatchBenchmarks
{
    /// <summary>Single patches and their mutations: how many agree.</summary>
    public static async Task<int> CompareAsync(int limit, int seed)
    {
        var pair = await KernelPair.FetchAsync();
        var patches = await CutPatches.OfAsync(pair);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{patches.Count} patches, one for each folder that differs"));
        var random = new Random(seed);
        var chosen = patches.Where(patch => patch.Diff.Length < 400_000).OrderBy(_ => random.Next()).Take(limit).ToArray();
        using var comparison = new PatchComparison(pair);
        var done = 0;
        await Parallel.ForEachAsync(Enumerable.Range(0, chosen.Length), async (at, _) =>
        {
            var (folder, diff) = chosen[at];
            var own = new Random(seed + at);
            await comparison.CompareAsync(folder, diff, diff);
            await comparison.CompareAsync(folder + " (moved lines)", diff, diff, own.Next(1, 60));
            var (name, mutate) = PatchMutation.All[at % PatchMutation.All.Count];
            await comparison.CompareAsync($"{folder} ({name})", diff, Encoding.Latin1.GetBytes(mutate(Encoding.Latin1.GetString(diff), own)));
            if (Interlocked.Increment(ref done) % 200 == 0)
            {
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{done * 3} compared"));
            }
        });
        foreach (var difference in comparison.Differences.Order(StringComparer.Ordinal))
        {
            Console.WriteLine(difference);
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{comparison.Taken + comparison.Refused} compared with git apply: {comparison.Taken} it took, {comparison.Refused} it refused, {comparison.Differences.Count} differ"));
        return comparison.Differences.IsEmpty ? 0 : 1;
    }
}
