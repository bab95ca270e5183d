using System.Diagnostics;
using System.Globalization;
using KernelBuild.Fetch;
using KernelBuild.Host.Files;
using KernelBuild.Host.Reporting;
using KernelBuild.Testing;
using KernelBuild.Testing.Devices;

namespace KernelBuild.Benchmarks;

/// <summary>
/// An archive imported into an empty store, the work tree filled in the same pass, against tar xf of the same archive into an empty
/// folder, in turns, so that whatever else the machine does hits both.
/// </summary>
internal static class ArchiveSpeed
{
    /// <param name="archive">Of a kernel tree.</param>
    /// <param name="rounds">How often; the median counts.</param>
    public static async Task<int> RunAsync(string archive, int rounds)
    {
        archive = Path.GetFullPath(archive);
        var spec = $"archive:{archive}#sha256={Sha256Digest.OfFile(archive)}";
        var (ours, theirs) = (new List<double>(), new List<double>());
        for (var round = 0; round < rounds; round++)
        {
            using (var folder = new TestFolder())
            {
                theirs.Add(Time(() => Oracle.Text(folder.Path, "tar", "--no-same-owner", "-xf", archive)));
            }

            using var bench = new TestDevice();
            var store = await bench.StoreAsync();
            var watch = Stopwatch.StartNew();
            await new FetchStage(
                bench.Device(spec).SourceRequest, LockFile.Load(bench.LockFile), new BuildOptions(), bench.Cache, store, bench.Log)
                .RunAsync(CancellationToken.None);
            ours.Add(watch.Elapsed.TotalSeconds);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"import {ours[^1]:0.00} s, tar xf {theirs[^1]:0.00} s, ratio {ours[^1] / theirs[^1]:0.00}"));
        }

        using var process = Process.GetCurrentProcess();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"median: import {Median(ours):0.00} s, tar xf {Median(theirs):0.00} s; most memory {process.PeakWorkingSet64 / 1e6:0} MB"));
        return Median(ours) <= Median(theirs) ? 0 : 1;
    }

    private static double Time(Action work)
    {
        var watch = Stopwatch.StartNew();
        work();
        return watch.Elapsed.TotalSeconds;
    }

    private static double Median(List<double> times) => times.Order().ElementAt(times.Count / 2);
}
