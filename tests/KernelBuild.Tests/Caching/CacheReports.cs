using KernelBuild.Caching;

namespace KernelBuild.Tests.Caching;

/// <summary>Counts of a compilation, and the watch over a server while it runs.</summary>
public sealed class CacheReports : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Local_and_remote_hits_misses_and_failures_are_told_apart()
    {
        _folder.Write("log", """
            # a.c
            direct_cache_hit
            local_storage_hit
            # b.c
            direct_cache_hit
            local_storage_miss
            remote_storage_hit
            remote_storage_read_hit
            # c.c
            cache_miss
            remote_storage_error
            # /dev/null
            preprocessor_error

            """);
        CompilerCacheReport.Read(_folder["log"]).ShouldBe(new CompilerCacheReport(1, 1, 1, 1));
        CompilerCacheReport.Read(_folder["none"]).ShouldBeNull();
    }

    [Fact]
    public async Task A_server_that_keeps_failing_is_told_once()
    {
        var told = new List<int>();
        await using (new RemoteWatch(_folder["log"], told.Add))
        {
            _folder.Write("log", string.Concat(Enumerable.Repeat("# a.c\nremote_storage_timeout\n", 2)));
            await Task.Delay(1200, TestContext.Current.CancellationToken);
            told.ShouldBeEmpty();
            _folder.Write("log", string.Concat(Enumerable.Repeat("# a.c\nremote_storage_timeout\n", 3)));
            for (var wait = 0; wait < 100 && told.Count == 0; wait++)
            {
                await Task.Delay(100, TestContext.Current.CancellationToken);
            }
        }

        told.ShouldBe([3]);
    }
}
