using KernelBuild.Caching;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Processes;
using KernelBuild.Testing.Caching;

namespace KernelBuild.Tests.Caching;

/// <summary>A shared cache is measured by ccache itself against real servers.</summary>
public sealed class RemoteProbes : IDisposable
{
    private const string Password = "s3cret-Of-The-Cache";

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private Task<(RemoteStorage? Storage, Diagnostic? Finding)> ProbeAsync(string url, int limit = 5000) =>
        new RemoteProbe(CompilerCacheSetting.Parse(url, "/"), new Command("ccache"), "clang-19", _folder["probe"]) { Limit = TimeSpan.FromMilliseconds(limit) }
            .RunAsync(TestContext.Current.CancellationToken);

    [FactWith("ccache", "clang-19", "redis-server")]
    public async Task Redis_is_used_with_its_password_and_refused_with_another_one()
    {
        using var server = CacheServer.Redis(Password);
        var (storage, finding) = await ProbeAsync($"redis://default:{Password}@127.0.0.1:{server.Port}");
        finding?.ToString().ShouldBeNull();
        storage!.IsReadOnly.ShouldBeFalse();
        Directory.Exists(_folder["probe"]).ShouldBeFalse();

        (storage, finding) = await ProbeAsync($"redis://default:another{Password}@127.0.0.1:{server.Port}");
        storage.ShouldBeNull();
        finding!.Code.ShouldBe(DiagnosticCodes.CompilerCacheDropped);
        finding.Message.ShouldContain("WRONGPASS");
        finding.ToString().ShouldNotContain(Password);

        server.Hang();
        (storage, finding) = await ProbeAsync($"redis://default:{Password}@127.0.0.1:{server.Port}");
        (storage, finding?.Code).ShouldBe((null, DiagnosticCodes.CompilerCacheDropped));
    }

    [FactWith("ccache", "clang-19")]
    public async Task Where_nothing_listens_the_cache_is_dropped()
    {
        var (storage, finding) = await ProbeAsync($"redis://:{Password}@127.0.0.1:{Loopback.FreePort()}");
        storage.ShouldBeNull();
        finding!.Code.ShouldBe(DiagnosticCodes.CompilerCacheDropped);
        finding.Message.ShouldContain("Connection refused");
        finding.ToString().ShouldNotContain(Password);
    }

    [FactWith("ccache", "clang-19", "/usr/sbin/nginx")]
    public async Task A_server_that_takes_nothing_is_read()
    {
        using var server = CacheServer.Nginx(isReadOnly: true);
        var (storage, finding) = await ProbeAsync($"http://127.0.0.1:{server.Port}/kernel");
        storage!.IsReadOnly.ShouldBeTrue(finding?.ToString());
        finding!.Code.ShouldBe(DiagnosticCodes.CompilerCacheReadOnly);
        finding.Message.ShouldContain("403");
        File.ReadAllText(Path.Combine(server.Folder, "access.log")).ShouldContain("\"PUT /kernel/");
    }

    [FactWith("ccache", "clang-19", "/usr/sbin/nginx")]
    public async Task A_server_of_HTTP_that_takes_files_is_used()
    {
        using var server = CacheServer.Nginx(isReadOnly: false);
        var (storage, finding) = await ProbeAsync($"http://127.0.0.1:{server.Port}/kernel");
        finding?.ToString().ShouldBeNull();
        storage!.IsReadOnly.ShouldBeFalse();
    }

    [FactWith("ccache", "clang-19", "redis-server")]
    public async Task A_server_behind_a_slow_line_is_dropped_and_the_time_is_said()
    {
        using var server = CacheServer.Redis(Password);
        using var line = new SlowLine(server.Port, TimeSpan.FromMilliseconds(400));
        var (storage, finding) = await ProbeAsync($"redis://default:{Password}@127.0.0.1:{line.Port}", limit: 50);
        storage.ShouldBeNull();
        finding!.Code.ShouldBe(DiagnosticCodes.CompilerCacheDropped);
        finding.Message.ShouldContain("ms for an object");
    }
}
