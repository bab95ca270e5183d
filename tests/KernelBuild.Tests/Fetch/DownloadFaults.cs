using KernelBuild.Device;
using KernelBuild.Fetch;
using KernelBuild.Host.Files;
using KernelBuild.Host.Reporting;
using KernelBuild.Testing.Devices;

namespace KernelBuild.Tests.Fetch;

/// <summary>Web servers that are busy, slow, wrong or gone.</summary>
public sealed class DownloadFaults : IDisposable
{
    private readonly TestDevice _bench = new();
    private readonly byte[] _archive;
    private readonly Sha256Digest _digest;

    public DownloadFaults()
    {
        _bench.Files.Write("linux/Makefile", "VERSION = 6\n");
        var noise = new byte[200_000];
        new Random(3).NextBytes(noise);
        File.WriteAllBytes(_bench["linux/noise"], noise);
        _bench.Files.Folder("www");
        Oracle.Text(_bench.Files.Path, "tar", "-cf", "www/linux.tar", "linux");
        _archive = File.ReadAllBytes(_bench["www/linux.tar"]);
        _digest = Sha256Digest.Of(_archive);
    }

    private SourceItem Item(string url, params string[] mirrors) => new($"archive:{url}#sha256={_digest}") { Mirrors = [.. mirrors] };

    [Theory]
    [InlineData(429)]
    [InlineData(503)]
    public async Task A_busy_server_is_asked_again_when_it_says(int status)
    {
        using var server = new GitHttpServer(_bench["www"]) { RetryAfter = 1 };
        server.Refusals.Enqueue(status);
        var clock = System.Diagnostics.Stopwatch.StartNew();
        await _bench.FetchAsync(Item(server.Url("linux.tar")));
        clock.Elapsed.ShouldBeGreaterThan(TimeSpan.FromSeconds(0.9));
        server.Requests.ShouldBe(2);
        _bench.Log.Lines.ShouldContain(line => line.EndsWith("trying again in 1 s", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100_000)]
    public async Task A_server_that_stalls_is_left_and_the_next_run_goes_on(int after)
    {
        using var server = new GitHttpServer(_bench["www"]);
        using var link = new FaultyLink(server.Port) { StallAfter = after };
        _bench.Network = _bench.Network with { Stall = TimeSpan.FromSeconds(1), Attempts = 1 };
        var finding = await Findings.OfAsync(
            "KB1003", () => _bench.FetchAsync(Item(link.Address(server.Url("linux.tar")))).WaitAsync(TimeSpan.FromSeconds(30)));
        finding.Message.ShouldContain("came for 1 s");
        link.StallAfter = null;
        await _bench.FetchAsync(Item(link.Address(server.Url("linux.tar"))));
    }

    [Fact]
    public async Task A_server_that_trickles_is_left()
    {
        using var server = new GitHttpServer(_bench["www"]);
        using var link = new FaultyLink(server.Port) { Trickle = 300 };
        _bench.Network = _bench.Network with { Stall = TimeSpan.FromSeconds(2), Attempts = 1 };
        var finding = await Findings.OfAsync(
            "KB1003", () => _bench.FetchAsync(Item(link.Address(server.Url("linux.tar")))).WaitAsync(TimeSpan.FromSeconds(30)));
        finding.Message.ShouldContain("bytes a second");
    }

    [Fact]
    public async Task A_mirror_stands_in_for_a_server_that_is_gone_and_for_one_that_lies()
    {
        using var server = new GitHttpServer(_bench["www"]);
        _bench.Files.Write("www/other.tar", "something else\n");
        var source = await _bench.FetchAsync(Item("http://127.0.0.1:1/linux.tar", server.Url("other.tar"), server.Url("linux.tar")));
        source.Sha256.ShouldBe(_digest);
        Directory.EnumerateFiles(_bench.Cache.Downloads, "*.part").ShouldBeEmpty();
    }

    [Fact]
    public async Task A_mirror_stands_in_for_a_file_that_is_not_there_and_not_for_one_that_is()
    {
        using var server = new GitHttpServer(_bench["www"]);
        _bench.Files.Write("linux.tar", "something else\n");
        var wrong = new SourceItem($"archive:{_bench["linux.tar"]}#sha256={_digest}") { Mirrors = [server.Url("linux.tar")] };
        await Findings.OfAsync("KB1004", () => _bench.FetchAsync(wrong));
        server.Requests.ShouldBe(0);
        File.Delete(_bench["linux.tar"]);
        (await _bench.FetchAsync(wrong)).Sha256.ShouldBe(_digest);
    }

    [Fact]
    public async Task Mirrors_that_all_fail_are_one_error_with_every_reason()
    {
        using var server = new GitHttpServer(_bench["www"]);
        var finding = await Findings.OfAsync(
            "KB1003", () => _bench.FetchAsync(Item("http://127.0.0.1:1/linux.tar", server.Url("gone.tar"), server.Url("away.tar"))));
        finding.Message.ShouldContain("127.0.0.1:1");
        finding.Details.Count(line => line.Contains("404", StringComparison.Ordinal) || line.Contains("cannot be fetched", StringComparison.Ordinal))
            .ShouldBe(2);
    }

    [Fact]
    public async Task A_mirror_that_is_no_URL_is_KB1001() =>
        (await Findings.OfAsync("KB1001", () => _bench.FetchAsync(Item("http://127.0.0.1:1/linux.tar", "linux.tar")))).Message.ShouldContain("http");

    [Fact]
    public async Task Offline_is_KB1019_and_asks_nobody()
    {
        using var server = new GitHttpServer(_bench["www"]);
        await Findings.OfAsync("KB1019", () => _bench.FetchAsync(Item(server.Url("linux.tar")), new BuildOptions { Offline = true }));
        server.Requests.ShouldBe(0);
    }

    [Fact]
    public async Task Progress_says_how_much_how_fast_and_how_long()
    {
        using var server = new GitHttpServer(_bench["www"]);
        using var link = new FaultyLink(server.Port) { Trickle = 100_000 };
        await _bench.FetchAsync(Item(link.Address(server.Url("linux.tar"))));
        _bench.Log.Steps.ShouldContain(
            step => System.Text.RegularExpressions.Regex.IsMatch(step, @"^downloading linux\.tar: 0\.\d of 0\.2 MB, \d+ kB/s, 0:\d\d left$"));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-5")]
    [InlineData("soon")]
    public void A_time_that_is_none_is_KB9004(string text)
    {
        var environment = new Dictionary<string, string> { [NetworkSettings.StallVariable] = text };
        Findings.Of("KB9004", () => NetworkSettings.Of(environment));
    }

    [Fact]
    public void The_time_is_taken_from_the_environment() =>
        NetworkSettings.Of(new Dictionary<string, string> { [NetworkSettings.StallVariable] = "600" }).Stall.ShouldBe(TimeSpan.FromMinutes(10));

    public void Dispose() => _bench.Dispose();
}
