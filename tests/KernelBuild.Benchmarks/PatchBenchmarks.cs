using System.Diagnostics;
using System.Globalization;
using KernelBuild.Patches.Diffs;
using KernelBuild.Patches.Mail;
using KernelBuild.Testing.EndToEnd.Patches;
using KernelBuild.Testing.Patches;

namespace KernelBuild.Benchmarks;

/// <summary>The patch engine against git apply, on patches cut from the difference of two kernels.</summary>
internal static class PatchBenchmarks
{
    /// <summary>Writes a series of real patches into a folder, and links a bare repository with both kernels beside it.</summary>
    public static async Task<int> CutAsync(string folder, int count, int largest)
    {
        var pair = await KernelPair.FetchAsync();
        var cut = (await CutPatches.OfAsync(pair)).Where(patch => patch.Diff.Length <= largest).ToArray();
        Directory.CreateDirectory(folder);
        var files = CutPatches.WriteSeries(cut, folder, count);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{files.Count} patches, {files.Sum(file => new FileInfo(file.Path).Length)} bytes"));
        Console.WriteLine($"{pair.Store.Folder} {pair.Old} {pair.New}");
        return 0;
    }

    /// <summary>Damaged patches through the readers: findings alone, nothing slow.</summary>
    public static int Fuzz(int count, int seed)
    {
        var slowest = TimeSpan.Zero;
        var findings = 0;
        Parallel.For(0, Environment.ProcessorCount, worker =>
        {
            var random = new Random(seed + worker);
            var watch = new Stopwatch();
            for (var round = worker; round < count; round += Environment.ProcessorCount)
            {
                var text = PatchBytes.Mutate(PatchBytes.Seeds[round % PatchBytes.Seeds.Count], random);
                watch.Restart();
                foreach (var mail in MailReader.Read(text))
                {
                    DiffReader.Read(mail.Diff, "fuzzed.patch", mail.DiffNumber, null, out var finding);
                    Interlocked.Add(ref findings, finding is null ? 0 : 1);
                }

                if (watch.Elapsed > slowest)
                {
                    slowest = watch.Elapsed;
                }
            }
        });
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{count} damaged patches, {findings} findings, no exception; the slowest took {slowest.TotalMilliseconds:0.0} ms"));
        return slowest > TimeSpan.FromSeconds(1) ? 1 : 0;
    }

    /// <summary>Single patches and their mutations: how many agree.</summary>
    public static async Task<int> CompareAsync(int limit, int seed)
    {
        var pair = await KernelPair.FetchAsync();
        var patches = await CutPatches.OfAsync(pair);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{patches.Count} patches, one for each folder that differs"));
        using var comparison = new PatchComparison(pair);
        await comparison.CompareAllAsync(patches, limit, seed);
        foreach (var difference in comparison.Differences.Order(StringComparer.Ordinal))
        {
            Console.WriteLine(difference);
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{comparison.Taken + comparison.Refused} compared with git apply: {comparison.Taken} it took, {comparison.Refused} it "
            + $"refused; {comparison.Differences.Count} differ, {comparison.Joined} it took by joining lines"));
        return comparison.Differences.IsEmpty ? 0 : 1;
    }
}
