using System.Diagnostics;
using KernelBuild.Caching;
using KernelBuild.Host.Files;
using KernelBuild.Host.Processes;
using KernelBuild.Testing.Caching;

namespace KernelBuild.EndToEnd.Tests;

/// <summary>
/// The real kernel in a second checkout at another path, with an empty local cache and a redis server: how much of it is hit, and how long that
/// takes beside the same build from the local cache.
/// </summary>
[Collection(nameof(Alone))]
public sealed class TheRealKernelOverRedis(ITestOutputHelper log) : IDisposable
{
    private const string Password = "hush-Pass-4712";

    private readonly string _root = Directory.CreateTempSubdirectory("kernelbuild-redis-kernel-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    /// <summary>A quarter of an hour on two processors.</summary>
    [FactWith("clang-19", "ccache", "redis-server")]
    public async Task Of_a_second_checkout_95_percent_are_hits_and_it_takes_little_longer_than_from_the_local_cache()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("KERNELBUILD_EXHAUSTIVE") is { Length: > 0 }, "only with --exhaustive");
        using var server = CacheServer.Redis(Password);
        var url = $"redis://default:{Password}@127.0.0.1:{server.Port}";
        var first = Checkout("here");
        var second = Checkout(Path.Combine("elsewhere", "and-deeper"));
        await BuildAsync(first, url);
        Directory.Delete(Path.Combine(first, ".work"), recursive: true);
        Directory.Delete(Path.Combine(first, "artifacts"), recursive: true);

        var (local, localReport) = await BuildAsync(first, url);
        var (remote, report) = await BuildAsync(second, url);
        var calls = report.LocalHits + report.RemoteHits + report.Misses;
        log.WriteLine($"local: {local:0.0} s, {localReport.LocalHits} local hits, {localReport.RemoteHits} remote, {localReport.Misses} misses");
        log.WriteLine($"elsewhere: {remote:0.0} s, {report.LocalHits} local hits, {report.RemoteHits} remote, {report.Misses} misses: "
            + $"{100.0 * (calls - report.Misses) / calls:0.0} %, {remote / local:0.00} times");
        ((double)(calls - report.Misses) / calls).ShouldBeGreaterThanOrEqualTo(0.95);
        report.RemoteHits.ShouldBeGreaterThan(200);
        File.ReadAllBytes(Path.Combine(second, "artifacts", "virt", "Image")).AsSpan()
            .SequenceEqual(File.ReadAllBytes(Path.Combine(first, "artifacts", "virt", "Image"))).ShouldBeTrue();
    }

    /// <summary>The project of the repository at another place, with a user's cache of its own: sources are there, objects are not.</summary>
    private string Checkout(string name)
    {
        var root = Path.Combine(_root, name);
        foreach (var folder in (string[])["kernels/virt", "patches"])
        {
            foreach (var file in Directory.GetFiles(Path.Combine(Repository.Root, folder), "*", SearchOption.AllDirectories))
            {
                var target = Path.Combine(root, Path.GetRelativePath(Repository.Root, file));
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                File.Copy(file, target);
            }
        }

        Directory.CreateDirectory(Path.Combine(root, ".nuke"));
        File.WriteAllText(Path.Combine(root, ".nuke", "parameters.json"), "{}\n");
        Directory.CreateSymbolicLink(Path.Combine(root, "src"), Path.Combine(Repository.Root, "src"));
        var cache = Directory.CreateDirectory(Path.Combine(root, "cache", "kernelbuild")).FullName;
        foreach (var part in Directory.GetFileSystemEntries(CacheFolder.FromEnvironment().Path)
            .Where(part => Path.GetFileName(part) is not ("ccache" or "compiler-calls" or "projects")))
        {
            Directory.CreateSymbolicLink(Path.Combine(cache, Path.GetFileName(part)), part);
        }

        return root;
    }

    private static async Task<(double Seconds, CompilerCacheReport Report)> BuildAsync(string root, string url)
    {
        var watch = Stopwatch.StartNew();
        var built = await Repository.RunAsync(Command.WithFullEnvironment(Repository.NukeScript)
            .WithArguments("BuildKernel", "--device", "virt", "--root", root)
            .WithEnvironment("KERNELBUILD_CACHE", Path.Combine(root, "cache", "kernelbuild"))
            .WithEnvironment(CompilerCacheSetting.Variable, url));
        built.ExitCode.ShouldBe(0, built.Output);
        built.Output.ShouldNotContain(Password);
        return (watch.Elapsed.TotalSeconds,
            CompilerCacheReport.Read(Path.Combine(root, ".work", "virt", "ccache.log")) ?? throw new InvalidOperationException(built.Output));
    }
}
