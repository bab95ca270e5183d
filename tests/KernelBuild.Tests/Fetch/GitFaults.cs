using KernelBuild.Device;
using KernelBuild.Fetch;
using KernelBuild.Host.Reporting;
using KernelBuild.Testing.Devices;

namespace KernelBuild.Tests.Fetch;

/// <summary>A real git server behind a link with faults.</summary>
public sealed class GitFaults : IDisposable
{
    private readonly TestDevice _bench = new();
    private readonly VendorRepository _vendor;
    private readonly GitDaemon _daemon;
    private readonly FaultyLink _link;

    public GitFaults()
    {
        _vendor = new VendorRepository(_bench, "linux", noise: 300_000);
        _daemon = new GitDaemon(_bench["vendor"]);
        _link = new FaultyLink(_daemon.Port);
    }

    private string Url => _link.Address(_daemon.Url("linux"));

    private string Spec(string revision) => $"git:{Url}#{revision}";

    private void StoreIsWhole()
    {
        _bench.Git("fsck", "--full", "--strict");
        Directory.EnumerateFileSystemEntries(Path.Combine(_bench.Cache.Store, "incoming")).Select(Path.GetFileName).ShouldBe([".lock"]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public async Task A_transfer_that_is_cut_is_a_cut_transfer_and_is_tried_again(int seed)
    {
        // by the id, so that every connection is one of the fetch; with a ref at hand, which must not be fetched with its history
        var random = new Random(seed);
        await _bench.FetchAsync(Spec("main"));
        var lockText = await File.ReadAllTextAsync(_bench.LockFile, TestContext.Current.CancellationToken);
        _bench.DeleteCache();
        await File.WriteAllTextAsync(_bench.LockFile, lockText, TestContext.Current.CancellationToken);
        _link.Cuts.Enqueue(random.Next(1, 300_000));
        _link.Cuts.Enqueue(random.Next(1, 300_000));
        var source = await _bench.FetchAsync(Spec("main"));
        source.Commit.ToString().ShouldBe(_vendor.First);
        _bench.Log.Lines.ShouldNotContain(line => line.Contains("history", StringComparison.Ordinal));
        _bench.Log.Lines.Count(line => line.Contains("trying again", StringComparison.Ordinal)).ShouldBe(2);
        StoreIsWhole();
    }

    [Fact]
    public async Task A_link_that_never_holds_is_KB1007_with_what_git_says_and_nothing_is_kept()
    {
        for (var attempt = 0; attempt < 20; attempt++)
        {
            _link.Cuts.Enqueue(150_000);
        }

        var finding = await Findings.OfAsync("KB1007", () => _bench.FetchAsync(Spec(_vendor.First)));
        finding.Details.ShouldNotBeEmpty();
        finding.Details.ShouldNotContain(line => line.Contains('%', StringComparison.Ordinal));
        _link.Connections.ShouldBe(_bench.Network.Attempts);
        StoreIsWhole();
        _link.Cuts.Clear();
        (await _bench.FetchAsync(Spec(_vendor.First))).Commit.ToString().ShouldBe(_vendor.First);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(200)]
    [InlineData(100_000)]
    public async Task A_server_that_stalls_is_left_after_a_while(int after)
    {
        _link.StallAfter = after;
        _bench.Network = _bench.Network with { Stall = TimeSpan.FromSeconds(1.5), Attempts = 1 };
        var finding = await Findings.OfAsync("KB1007", () => _bench.FetchAsync(Spec(_vendor.First)).WaitAsync(TimeSpan.FromSeconds(60)));
        finding.Details[0].ShouldContain("nothing came");
        finding.Fix.ShouldContain(NetworkSettings.StallVariable);
        StoreIsWhole();
    }

    [Fact]
    public async Task A_server_that_trickles_is_left_after_a_while()
    {
        _link.Trickle = 500;
        _bench.Network = _bench.Network with { Stall = TimeSpan.FromSeconds(3), Attempts = 1 };
        var finding = await Findings.OfAsync("KB1007", () => _bench.FetchAsync(Spec(_vendor.First)).WaitAsync(TimeSpan.FromSeconds(120)));
        // git shows its first sign of life when a packet of up to 65,519 bytes is whole
        finding.Details[0].ShouldContain("came for 3 s");
    }

    [Fact]
    public async Task A_mirror_stands_in()
    {
        var spec = Spec(_vendor.First);
        var mirror = _daemon.Url("linux");
        _link.Dispose();
        var source = await _bench.FetchAsync(new SourceItem(spec) { Mirrors = ["git://127.0.0.1:1/nothing", mirror] });
        source.Commit.ToString().ShouldBe(_vendor.First);
        _bench.Log.Lines.ShouldContain("fetching from " + mirror + " instead");
        // and for the name of a ref
        File.Delete(_bench.LockFile);
        source = await _bench.FetchAsync(new SourceItem(Spec("main")) { Mirrors = [mirror] });
        source.Version.ShouldBe("main");
    }

    [Fact]
    public async Task Every_mirror_that_fails_says_why()
    {
        _link.Dispose();
        var finding = await Findings.OfAsync("KB1007", () => _bench.FetchAsync(new SourceItem(Spec(_vendor.First))
        {
            Mirrors = [_daemon.Url("nothing"), _bench["vendor/nothing"]],
        }));
        finding.Details.ShouldContain(line => line.StartsWith(Url, StringComparison.Ordinal));
        finding.Details.ShouldContain(line => line.StartsWith(_daemon.Url("nothing"), StringComparison.Ordinal));
        finding.Details.ShouldContain(line => line.StartsWith("file://", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_mirror_of_a_folder_or_a_package_is_KB1001()
    {
        _bench.Files.Folder("tree");
        await Findings.OfAsync("KB1001", () => _bench.FetchAsync(new SourceItem("path:../../tree") { Mirrors = ["https://example.org/x"] }));
    }

    [Fact]
    public async Task Two_fetches_at_once_do_not_disturb_each_other()
    {
        var second = _vendor.Commit("Makefile", "VERSION = 2\n");
        using var other = new TestDevice();
        var store = await _bench.StoreAsync();
        Task<LockedSource> Fetch(TestDevice device, string revision) => new FetchStage(
            device.Device(Spec(revision)).SourceRequest, KernelBuild.Fetch.LockFile.Load(device.LockFile), new BuildOptions(), _bench.Cache, store,
            device.Log) { Network = device.Network }.RunAsync(CancellationToken.None);
        var sources = await Task.WhenAll(Fetch(_bench, _vendor.First), Fetch(other, second));
        sources.Select(source => source.Commit.ToString()).ShouldBe([_vendor.First, second]);
        StoreIsWhole();
    }

    [Fact]
    public async Task What_a_killed_fetch_left_is_taken_away()
    {
        await _bench.StoreAsync();
        var left = Path.Combine(_bench.Cache.Store, "incoming", "left");
        Directory.CreateDirectory(Path.Combine(left, "objects", "pack"));
        await File.WriteAllTextAsync(Path.Combine(left, "shallow.lock"), "", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(_bench.Cache.Store, "shallow.lock"), "", TestContext.Current.CancellationToken);
        await _bench.FetchAsync(Spec(_vendor.First));
        StoreIsWhole();
    }

    [Fact]
    public async Task Offline_takes_what_the_cache_has_and_asks_nobody()
    {
        var offline = new BuildOptions { Offline = true };
        await Findings.OfAsync("KB1019", () => _bench.FetchAsync(new SourceItem(Spec("main")), offline));
        await Findings.OfAsync("KB1019", () => _bench.FetchAsync(new SourceItem(Spec(_vendor.First)), offline));
        _link.Connections.ShouldBe(0);
        await _bench.FetchAsync(Spec("main"));
        var connections = _link.Connections;
        (await _bench.FetchAsync(new SourceItem(Spec("main")), offline)).Commit.ToString().ShouldBe(_vendor.First);
        _link.Connections.ShouldBe(connections);
    }

    [Fact]
    public async Task Update_lock_moves_on_to_what_the_ref_is_now()
    {
        await _bench.FetchAsync(Spec("main"));
        var second = _vendor.Commit("Makefile", "VERSION = 2\n");
        (await _bench.FetchAsync(Spec("main"))).Commit.ToString().ShouldBe(_vendor.First);
        (await _bench.FetchAsync(new SourceItem(Spec("main")), new BuildOptions { UpdateLock = true })).Commit.ToString().ShouldBe(second);
        LockFile.Load(_bench.LockFile).Source!.Commit.ToString().ShouldBe(second);
        _bench.Log.Lines.ShouldContain(line => line.Contains(_vendor.First, StringComparison.Ordinal) && line.Contains(second, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Progress_says_how_much_and_how_far()
    {
        await _bench.FetchAsync(Spec(_vendor.First));
        _bench.Log.Steps.ShouldContain(step => step.StartsWith("fetching " + Url, StringComparison.Ordinal) && step.Contains(" MB", StringComparison.Ordinal));
    }

    public void Dispose()
    {
        _link.Dispose();
        _daemon.Dispose();
        _bench.Dispose();
    }
}
