using KernelBuild.Device;
using KernelBuild.Fetch;
using KernelBuild.Git.Objects;
using KernelBuild.Git.Repositories;
using KernelBuild.Host.Files;
using KernelBuild.Host.Reporting;
using KernelBuild.Store;
using KernelBuild.Testing.Devices;

namespace KernelBuild.Tests.Fetch;

/// <summary>The store after flipped bytes, lost files and time; git fsck is the judge.</summary>
public sealed class StoreCare : IDisposable
{
    private readonly TestDevice _bench = new();
    private readonly VendorRepository _vendor;
    private readonly GitDaemon _daemon;

    public StoreCare()
    {
        _vendor = new VendorRepository(_bench, "linux", noise: 50_000);
        for (var file = 0; file < 30; file++)
        {
            _bench.Files.Write($"vendor/linux/drivers/d{file}.c", $"int d{file};\n");
        }

        _vendor.Commit("Makefile", "VERSION = 2\n");
        _daemon = new GitDaemon(_bench["vendor"]);
    }

    private string Spec(string revision = "main") => $"git:{_daemon.Url("linux")}#{revision}";

    private async Task<StoreDamage> VerifyAsync() =>
        await StoreVerification.RunAsync(await _bench.StoreAsync(), _bench.Cache, _bench.Log, TestContext.Current.CancellationToken);

    private static void Flip(string file, int at)
    {
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var bytes = File.ReadAllBytes(file);
        bytes[at % bytes.Length] ^= 0x40;
        File.WriteAllBytes(file, bytes);
    }

    [Fact]
    public async Task A_whole_store_is_whole()
    {
        await _bench.FetchAsync(Spec());
        (await VerifyAsync()).IsWhole.ShouldBeTrue();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public async Task A_flipped_byte_of_a_pack_is_found_and_only_what_it_broke_is_fetched_again(int seed)
    {
        var first = await _bench.FetchAsync(Spec(_vendor.First));
        File.Delete(_bench.LockFile);
        var second = await _bench.FetchAsync(Spec());
        var random = new Random(seed);
        var packs = Directory.GetFiles((await _bench.StoreAsync()).PackFolder, "*.pack").Order(StringComparer.Ordinal).ToArray();
        Flip(packs[random.Next(packs.Length)], random.Next(12, 1 << 20));
        var damage = await VerifyAsync();
        damage.IsWhole.ShouldBeFalse();
        (await VerifyAsync()).IsWhole.ShouldBeTrue(string.Join('\n', damage.Errors));
        (await _bench.FetchAsync(Spec(), locked: true)).ShouldBe(second);
        File.Delete(_bench.LockFile);
        (await _bench.FetchAsync(Spec(_vendor.First))).Tree.ShouldBe(first.Tree);
        _bench.Git("fsck", "--full", "--strict");
        foreach (var source in (LockedSource[])[first, second])
        {
            _bench.Git("rev-list", "--objects", "--missing=error", source.Commit.ToString()).ShouldNotBeEmpty();
        }
    }

    [Fact]
    public async Task An_archive_is_imported_again()
    {
        Oracle.Git(_vendor.Folder, "archive", "--prefix=linux/", "-o", _bench["linux.tar"], "HEAD");
        var spec = $"archive:../../linux.tar#sha256={Sha256Digest.Of(await File.ReadAllBytesAsync(_bench["linux.tar"], TestContext.Current.CancellationToken))}";
        var source = await _bench.FetchAsync(spec);
        Directory.GetFiles((await _bench.StoreAsync()).PackFolder, "*.pack").ToList().ForEach(pack => Flip(pack, 4000));
        (await VerifyAsync()).Commits.ShouldNotBeEmpty();
        (await _bench.FetchAsync(spec, locked: true)).ShouldBe(source);
        _bench.Git("fsck", "--full", "--strict");
        _bench.Git("rev-list", "--objects", "--missing=error", source.Commit.ToString()).ShouldNotBeEmpty();
    }

    [Fact]
    public async Task A_lost_pack_is_found()
    {
        var source = await _bench.FetchAsync(Spec());
        Directory.GetFiles((await _bench.StoreAsync()).PackFolder).ToList().ForEach(File.Delete);
        (await VerifyAsync()).IsWhole.ShouldBeFalse();
        (await _bench.FetchAsync(Spec(), locked: true)).ShouldBe(source);
        _bench.Git("fsck", "--full", "--strict");
    }

    [Fact]
    public async Task A_download_that_is_not_what_its_name_says_goes()
    {
        var folder = Path.Combine(_bench.Cache.Downloads, "sha256");
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, new string('a', 64)), "other", TestContext.Current.CancellationToken);
        (await VerifyAsync()).Downloads.ShouldBe([new string('a', 64)]);
        Directory.EnumerateFiles(folder).ShouldBeEmpty();
    }

    [Fact]
    public async Task Pruning_keeps_what_lock_files_name_and_what_was_used()
    {
        await _bench.FetchAsync(Spec(_vendor.First));
        File.Delete(_bench.LockFile);
        var named = await _bench.FetchAsync(Spec());
        var store = await _bench.StoreAsync();
        (await StorePruning.RunAsync(store, _bench.Cache, DateTime.UtcNow.AddDays(-1), false, _bench.Log, TestContext.Current.CancellationToken))
            .Commits.ShouldBeEmpty();
        var (commits, _) = await StorePruning.RunAsync(
            store, _bench.Cache, DateTime.UtcNow.AddDays(1), true, _bench.Log, TestContext.Current.CancellationToken);
        commits.Select(commit => commit.Id.ToString()).ShouldBe([_vendor.First]);
        (await store.FindTreeAsync(GitObjectId.Parse(_vendor.First), TestContext.Current.CancellationToken)).ShouldNotBeNull();
        await StorePruning.RunAsync(store, _bench.Cache, DateTime.UtcNow.AddDays(1), false, _bench.Log, TestContext.Current.CancellationToken);
        _bench.Git("for-each-ref", "--format=%(objectname)").ShouldBe(named.Commit.ToString());
        _bench.Git("fsck", "--full", "--strict");
        (await _bench.FetchAsync(new SourceItem(Spec()), new BuildOptions { Offline = true })).ShouldBe(named);
    }

    [Fact]
    public async Task The_status_has_every_source_with_its_size_and_projects()
    {
        var source = await _bench.FetchAsync(Spec());
        var status = await StoreStatus.ReadAsync(await _bench.StoreAsync(), _bench.Cache, TestContext.Current.CancellationToken);
        var only = status.Sources.ShouldHaveSingleItem();
        only.Commit.ShouldBe(source.Commit);
        only.NamedBy.ShouldBe([_bench.LockFile]);
        only.Bytes.ShouldBe(long.Parse(
            _bench.Git("rev-list", "--disk-usage", "--objects", source.Commit.ToString()), System.Globalization.CultureInfo.InvariantCulture));
        status.StoreBytes.ShouldBeGreaterThan(only.Bytes!.Value);
    }

    public void Dispose()
    {
        _daemon.Dispose();
        _bench.Dispose();
    }
}
