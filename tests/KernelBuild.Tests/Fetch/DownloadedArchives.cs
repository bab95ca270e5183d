using System.Net;
using System.Net.Sockets;
using KernelBuild.Fetch;
using KernelBuild.Host.Files;
using KernelBuild.Testing.Devices;

namespace KernelBuild.Tests.Fetch;

public sealed class DownloadedArchives : IDisposable
{
    private readonly TestDevice _bench = new();
    private readonly byte[] _archive;
    private readonly LoopbackServer _server;

    public DownloadedArchives()
    {
        _bench.Files.Write("linux/Makefile", "VERSION = 6\n");
        var noise = new byte[400_000];
        new Random(3).NextBytes(noise);
        File.WriteAllBytes(_bench["linux/noise"], noise);
        Oracle.Text(_bench.Files.Path, "tar", "-cf", "linux.tar", "linux");
        _archive = File.ReadAllBytes(_bench["linux.tar"]);
        _server = new LoopbackServer(_archive);
    }

    private string Spec => $"archive:{_server.Address}#sha256={Sha256Digest.Of(_archive)}";

    private string Part => Path.Combine(_bench.Cache.Downloads, Sha256Digest.Of(_archive) + ".part");

    private void WritePart(ReadOnlySpan<byte> content)
    {
        Directory.CreateDirectory(_bench.Cache.Downloads);
        File.WriteAllBytes(Part, content);
    }

    private async Task ArrivesAsync()
    {
        var source = await _bench.FetchAsync(Spec).WaitAsync(TimeSpan.FromSeconds(60));
        _bench.Git("cat-file", "blob", source.Tree + ":Makefile").ShouldBe("VERSION = 6");
        File.Exists(Part).ShouldBeFalse();
        (await File.ReadAllBytesAsync(Path.Combine(_bench.Cache.Downloads, "sha256", Sha256Digest.Of(_archive).ToString()))).ShouldBe(_archive);
    }

    [Fact]
    public async Task A_download_arrives_and_is_not_fetched_twice()
    {
        await ArrivesAsync();
        File.Delete(_bench.LockFile);
        await ArrivesAsync();
        _server.Starts.ShouldBe([0]);
    }

    [Fact]
    public async Task A_connection_that_is_cut_is_resumed_where_it_stopped()
    {
        _server.Cuts.Enqueue(100_000);
        _server.Cuts.Enqueue(50_000);
        await ArrivesAsync();
        _server.Starts.ShouldBe([0, 100_000, 150_000]);
    }

    [Fact]
    public async Task A_part_of_an_earlier_run_is_resumed()
    {
        WritePart(_archive.AsSpan(0, 123_456));
        await ArrivesAsync();
        _server.Starts.ShouldBe([123_456]);
    }

    [Fact]
    public async Task A_part_that_is_whole_needs_no_more_bytes()
    {
        WritePart(_archive);
        await ArrivesAsync();
    }

    [Fact]
    public async Task A_server_that_knows_no_ranges_sends_everything_again()
    {
        _server.IgnoresRange = true;
        WritePart(_archive.AsSpan(0, 1000));
        await ArrivesAsync();
    }

    [Fact]
    public async Task A_damaged_part_is_thrown_away_and_fetched_anew()
    {
        WritePart(new byte[1000]);
        await ArrivesAsync();
        _server.Starts.ShouldBe([1000, 0]);
    }

    [Fact]
    public async Task A_part_that_is_too_long_is_thrown_away_and_fetched_anew()
    {
        WritePart([.. _archive, 0]);
        await ArrivesAsync();
    }

    [Fact]
    public async Task A_file_with_another_digest_is_KB1004_and_is_not_kept()
    {
        var spec = $"archive:{_server.Address}#sha256={new string('a', 64)}";
        await Findings.OfAsync("KB1004", () => _bench.FetchAsync(spec));
        Directory.EnumerateFiles(_bench.Cache.Downloads, "*", SearchOption.AllDirectories)
            .Where(file => Path.GetFileName(file) != ".lock").ShouldBeEmpty();
        Directory.Exists(_bench.Folders.Tree).ShouldBeFalse();
    }

    [Theory]
    [InlineData(404, 1)]
    [InlineData(403, 1)]
    [InlineData(501, 1)]
    [InlineData(429, 4)]
    [InlineData(500, 4)]
    [InlineData(502, 4)]
    [InlineData(503, 4)]
    public async Task A_server_that_refuses_is_KB1003_and_a_busy_one_is_asked_again(int status, int requests)
    {
        _server.Status = status;
        (await Findings.OfAsync("KB1003", () => _bench.FetchAsync(Spec))).Message.ShouldContain(status.ToString(
            System.Globalization.CultureInfo.InvariantCulture));
        _server.Starts.Count.ShouldBe(requests);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_KB1003()
    {
        using var unused = new TcpListener(IPAddress.Loopback, 0);
        unused.Start();
        var port = ((IPEndPoint)unused.LocalEndpoint).Port;
        unused.Stop();
        await Findings.OfAsync(
            "KB1003", () => _bench.FetchAsync($"archive:http://127.0.0.1:{port}/linux.tar#sha256={new string('a', 64)}"));
    }

    [Fact]
    public async Task A_connection_that_is_cut_again_and_again_is_KB1003_and_the_next_run_goes_on()
    {
        _server.Cuts.Enqueue(10_000);
        _server.Cuts.Enqueue(20_000);
        for (var attempt = 0; attempt < 3; attempt++)
        {
            _server.Cuts.Enqueue(0);
        }

        await Findings.OfAsync("KB1003", () => _bench.FetchAsync(Spec));
        await ArrivesAsync();
        _server.Starts[^1].ShouldBe(30_000);
    }

    public void Dispose()
    {
        _server.Dispose();
        _bench.Dispose();
    }
}
