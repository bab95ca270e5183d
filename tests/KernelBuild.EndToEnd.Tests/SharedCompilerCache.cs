using KernelBuild.Caching;
using KernelBuild.Testing.Caching;
using KernelBuild.Testing.EndToEnd;

namespace KernelBuild.EndToEnd.Tests;

/// <summary>A device is built over real servers of a shared cache.</summary>
[Collection(nameof(Alone))]
public sealed class SharedCompilerCache : IAsyncLifetime
{
    private const string Password = "hush-Pass-4711";

    private readonly MiniKernel _mini = new();

    public async ValueTask InitializeAsync()
    {
        _mini.Write(
            "kernels/mini/mini.kernelproj",
            MiniKernel.Project("", "").Replace("<CompilerCache>false</CompilerCache>", "", StringComparison.Ordinal));
        await _mini.PublishAsync();
    }

    public ValueTask DisposeAsync()
    {
        _mini.Dispose();
        return ValueTask.CompletedTask;
    }

    private CompilerCacheReport Report =>
        CompilerCacheReport.Read(_mini.PathOf(".work/mini/ccache.log")) ?? throw new InvalidOperationException("no log of ccache");

    /// <summary>Another machine: nothing of the last build, and an empty local cache.</summary>
    private async Task<RunResult> BuildElsewhereAsync(string url)
    {
        foreach (var folder in (string[])[_mini.PathOf(".work"), _mini.PathOf("artifacts"), Path.Combine(_mini.Cache, "ccache")])
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }
        }

        var built = await Repository.RunAsync(
            _mini.NukeCommand("BuildKernel", "--device", "mini").WithEnvironment(CompilerCacheSetting.Variable, url)
                // this machine may have much to do: how fast the server is, is another test's question
                .WithEnvironment(RemoteProbe.LimitVariable, "5000"));
        built.ExitCode.ShouldBe(0, built.Output);
        return built;
    }

    private void NothingShowsThePassword(RunResult run)
    {
        run.Output.ShouldNotContain(Password);
        var (found, files, errors) = Oracle.Try(_mini.Root, "grep", "-r", "-l", "-a", "-F", Password, ".");
        found.ShouldBe(1, files + errors);
    }

    [FactWith("clang-19", "ccache", "redis-server")]
    public async Task Another_machine_hits_over_redis_and_the_password_is_nowhere()
    {
        using var server = CacheServer.Redis(Password);
        var url = $"redis://default:{Password}@127.0.0.1:{server.Port}";
        NothingShowsThePassword(await BuildElsewhereAsync(url));
        (Report.Misses, Report.RemoteHits, Report.Errors).ShouldBe((2, 0, 0));
        NothingShowsThePassword(await BuildElsewhereAsync(url));
        (Report.Misses, Report.RemoteHits, Report.Errors).ShouldBe((0, 2, 0));

        server.Kill();
        var alone = await BuildElsewhereAsync(url);
        alone.Output.ShouldContain("KB4016");
        NothingShowsThePassword(alone);
        (Report.Misses, Report.RemoteHits).ShouldBe((2, 0));
    }

    [FactWith("clang-19", "ccache", "redis-server")]
    public async Task A_server_that_dies_in_the_middle_fails_no_build_and_is_said()
    {
        for (var file = 0; file < 30; file++)
        {
            _mini.Write($"source/drivers/more{file}.c", MiniKernel.Source($"more{file}", file));
        }

        await _mini.PublishAsync();
        using var server = CacheServer.Redis(Password);
        var building = BuildElsewhereAsync($"redis://default:{Password}@127.0.0.1:{server.Port}");
        var log = _mini.PathOf(".work/mini/ccache.log");
        while (!building.IsCompleted && !(File.Exists(log) && File.ReadAllText(log).Contains("cache_miss", StringComparison.Ordinal)))
        {
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        building.IsCompleted.ShouldBeFalse("nothing was left to fail");
        server.Kill();
        var built = await building;
        built.Output.ShouldContain("KB4016");
        NothingShowsThePassword(built);
        Report.Misses.ShouldBe(32);
        Report.Errors.ShouldBeGreaterThanOrEqualTo(3);
    }

    [FactWith("clang-19", "ccache", "/usr/sbin/nginx")]
    public async Task Another_machine_hits_over_nginx()
    {
        using var server = CacheServer.Nginx(isReadOnly: false);
        var first = await BuildElsewhereAsync($"http://127.0.0.1:{server.Port}/kernel");
        var second = await BuildElsewhereAsync($"http://127.0.0.1:{server.Port}/kernel");
        (Report.Misses, Report.RemoteHits, Report.Errors).ShouldBe((0, 2, 0), first.Output + second.Output);
    }

    [FactWith("clang-19")]
    public async Task A_password_on_the_command_line_is_refused()
    {
        var refused = await _mini.BuildAsync("--compiler-cache", $"redis://:{Password}@cache");
        refused.ExitCode.ShouldNotBe(0);
        refused.Output.ShouldContain("KB4015");
        refused.Output.ShouldNotContain(Password);
    }
}
