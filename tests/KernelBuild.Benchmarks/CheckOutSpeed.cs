using System.Diagnostics;
using System.Globalization;
using KernelBuild.CheckOut;
using KernelBuild.Device;
using KernelBuild.Fetch;
using KernelBuild.Git.Objects;
using KernelBuild.Host.Files;
using KernelBuild.Host.Reporting;
using KernelBuild.Testing;
using KernelBuild.Testing.Devices;

namespace KernelBuild.Benchmarks;

/// <summary>
/// A second device's tree from a store that has the source, against git checkout of the same commit from the same store, in turns; and the
/// way between two commits that differ in fifty files, of which no other is written.
/// </summary>
internal static class CheckOutSpeed
{
    private const int Changed = 50;
    private const double MostAgainstGit = 1.2;
    private const double MostForSwitch = 1.0;

    /// <param name="archive">Of a kernel tree.</param>
    /// <param name="rounds">How often; the median counts.</param>
    public static async Task<int> RunAsync(string archive, int rounds)
    {
        archive = Path.GetFullPath(archive);
        using var bench = new TestDevice();
        var store = await bench.StoreAsync();
        var spec = $"archive:{archive}#sha256={Sha256Digest.OfFile(archive)}";
        var source = await new FetchStage(
            bench.Device(spec).SourceRequest, LockFile.Load(bench.LockFile), new BuildOptions(), bench.Cache, store, bench.Log)
            .RunAsync(CancellationToken.None);
        var (ours, theirs, switches) = (new List<double>(), new List<double>(), new List<double>());
        var folders = bench.Device("").Folders with { Variant = "second" };
        for (var round = 0; round < rounds; round++)
        {
            // a clone has a HEAD of its own, and the objects of the store
            Oracle.Git(bench.Files.Path, "clone", "-q", "--shared", "--no-checkout", bench.Cache.Store, bench["by-git"]);
            theirs.Add(await TimeAsync(() =>
            {
                Oracle.Git(bench["by-git"], "checkout", "-q", "--detach", source.Commit.ToString());
                return Task.CompletedTask;
            }));
            Directory.Delete(bench["by-git"], recursive: true);
            ours.Add(await TimeAsync(() => new WorkTree(folders, store, bench.Log).CheckOutAsync(source.Commit, CancellationToken.None)));
            Directory.Delete(folders.Work, recursive: true);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"tree {ours[^1]:0.00} s, git checkout {theirs[^1]:0.00} s, ratio {ours[^1] / theirs[^1]:0.00}"));
        }

        var tree = new WorkTree(folders, store, bench.Log);
        await tree.CheckOutAsync(source.Commit, CancellationToken.None);
        var other = Patched(bench, source.Commit);
        var touched = 0;
        for (var round = 0; round < 2 * rounds; round++)
        {
            var before = Times(folders.Tree);
            switches.Add(await TimeAsync(() => tree.CheckOutAsync(round % 2 == 0 ? other : source.Commit, CancellationToken.None)));
            touched = Times(folders.Tree).Count(file => before[file.Key] != file.Value);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"switch {switches[^1]:0.00} s, {touched} files written"));
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"median: tree {Median(ours):0.00} s, git checkout {Median(theirs):0.00} s; switch {Median(switches):0.00} s"));
        return Median(ours) <= MostAgainstGit * Median(theirs) && Median(switches) <= MostForSwitch && touched == Changed ? 0 : 1;
    }

    /// <summary>A commit on top of another that changes every so many-th C file.</summary>
    private static GitObjectId Patched(TestDevice bench, GitObjectId commit)
    {
        var (folder, index) = (bench.Files.Folder("patched"), "GIT_INDEX_FILE=" + bench["patched.index"]);
        string Git(params string[] arguments) =>
            Oracle.Text(folder, "env", [index, "git", "--git-dir=" + bench.Cache.Store, "--work-tree=.", .. arguments]);
        Git("read-tree", commit.ToString());
        var files = Git("ls-files", "*.c").Split('\n');
        foreach (var file in Enumerable.Range(0, Changed).Select(at => files[at * (files.Length / Changed)]))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder, file))!);
            File.WriteAllText(Path.Combine(folder, file), Git("cat-file", "blob", $"{commit}:{file}") + "\n/* patched */\n");
            Git("add", file);
        }

        return GitObjectId.Parse(Git("commit-tree", "-m", "patched", "-p", commit.ToString(), Git("write-tree")));
    }

    private static Dictionary<string, (long, DateTime)> Times(string tree) => new DirectoryInfo(tree)
        .EnumerateFiles("*", SearchOption.AllDirectories)
        .ToDictionary(file => file.FullName, file => (file.Length, file.LastWriteTimeUtc));

    private static async Task<double> TimeAsync(Func<Task> work)
    {
        var watch = Stopwatch.StartNew();
        await work();
        return watch.Elapsed.TotalSeconds;
    }

    private static double Median(List<double> times) => times.Order().ElementAt(times.Count / 2);
}
