using KernelBuild.Diagnostics;
using KernelBuild.Flashing;
using KernelBuild.Host.Reporting;
using KernelBuild.Testing.Phones;

namespace KernelBuild.Tests.Flashing;

/// <summary>A bootloader that gives partitions out, and the real fastboot 34 that asks for them; the 29 of Debian 12 cannot.</summary>
[Collection(ChangesPath.Name)]
public sealed class FetchedPartitions : IDisposable
{
    private readonly FlashBench _bench = new();

    public FetchedPartitions()
    {
        _bench.Phone.Variables["max-fetch-size"] = "0x40000";
        _bench.Phone.Variables["version-bootloader"] = "demo-14.5";
    }

    public void Dispose() => _bench.Dispose();

    [FactWith(NewerFastboot.Name)]
    public async Task Backups_come_from_the_device_and_what_was_written_is_read_back()
    {
        using var path = ChangesPath.To(NewerFastboot.Folder);
        _bench.Stock["boot"] = _bench.Stock["init_boot"] = _bench.Stock["vendor_boot"] = null;
        // beyond what any stock image has
        _bench.Phone.Partitions["boot_b"][^1] = 0x77;
        _bench.Remember();

        var commands = await _bench.FlashAsync();

        commands.ShouldContain(command => command.Contains(" fetch boot_b ", StringComparison.Ordinal));
        _bench.Phone.Commands.ShouldContain("fetch:boot_b:0x00040000:0x00040000");
        _bench.Holds("boot_b", "boot").ShouldBeTrue();
        _bench.Phone.Replug();
        await _bench.RollbackAsync();
        _bench.Contents().ShouldBe(_bench.Original, ignoreOrder: true);
    }

    [FactWith(NewerFastboot.Name)]
    public async Task What_arrives_otherwise_than_it_was_written_is_an_error()
    {
        using var path = ChangesPath.To(NewerFastboot.Folder);

        // 3 partitions of 4 pieces are saved; the first that is read back is damaged
        _bench.Phone.LiesAtFetch = 12;

        await Findings.OfAsync(DiagnosticCodes.BackupDamaged, () => _bench.FlashAsync());

        _bench.Phone.Replug();
        await _bench.RollbackAsync();
        _bench.Contents().ShouldBe(_bench.Original, ignoreOrder: true);
    }

    /// <summary>As fastbootd does, which gives vendor_boot only.</summary>
    [FactWith(NewerFastboot.Name)]
    public async Task What_is_not_given_out_is_saved_from_the_stock_image_or_not_written()
    {
        using var path = ChangesPath.To(NewerFastboot.Folder);
        _bench.Phone.Keeps.UnionWith(["boot_b", "init_boot_b"]);
        await _bench.FlashAsync();
        _bench.Log.Lines.ShouldContain(line => line.StartsWith("boot_b is not given out", StringComparison.Ordinal));
        _bench.Log.Lines.ShouldContain(line => line.StartsWith("boot_b was written, and is not compared", StringComparison.Ordinal));
        _bench.Phone.Replug();
        await _bench.RollbackAsync();
        _bench.Contents().ShouldBe(_bench.Original, ignoreOrder: true);

        using var without = new FlashBench();
        without.Phone.Variables["max-fetch-size"] = "0x40000";
        without.Stock["boot"] = null;
        without.Phone.Keeps.Add("boot_b");
        var finding = await Findings.OfAsync(DiagnosticCodes.BackupImpossible, () => without.FlashAsync());
        finding.Message.ShouldContain("is not allowed");
        without.Contents().ShouldBe(without.Original, ignoreOrder: true);
        await without.FlashAsync(without.Options with { NoBackup = true });
        without.Holds("boot_b", "boot").ShouldBeTrue();
    }

    [FactWith(NewerFastboot.Name)]
    public async Task A_pull_from_the_bootloader_is_what_the_device_has_and_the_next_flash_saves_from_it()
    {
        using var path = ChangesPath.To(NewerFastboot.Folder);
        _bench.Phone.Keeps.Add("init_boot_a");

        var pulled = await PullAsync(_bench);

        Path.GetFileName(pulled.Folder).ShouldBe("demo-demo-14.5");
        pulled.Partitions.Select(one => (one.Partition, one.File, one.IsRunning)).ShouldBe(
        [
            ("boot_a", "boot.img", true), ("boot_b", "boot_b.img", false), ("init_boot_b", "init_boot_b.img", false),
            ("vendor_boot_a", "vendor_boot.img", true), ("vendor_boot_b", "vendor_boot_b.img", false),
        ]);
        foreach (var one in pulled.Partitions)
        {
            (await File.ReadAllBytesAsync(Path.Combine(pulled.Folder, one.File), TestContext.Current.CancellationToken))
                .ShouldBe(_bench.Phone.Partitions[one.Partition]);
        }

        _bench.Phone.Commands.ShouldAllBe(command =>
            command.StartsWith("getvar:", StringComparison.Ordinal) || command.StartsWith("fetch:", StringComparison.Ordinal));
        (await PullAsync(_bench)).Folder.ShouldBe(pulled.Folder);
        Directory.EnumerateFileSystemEntries(_bench.Backups.Path).Count().ShouldBe(2, "the folder and .gitignore");

        _bench.Stock["boot"] = null;
        _bench.Phone.Variables["max-fetch-size"] = null;
        (await _bench.FlashAsync(_bench.Options with { Yes = false })).ShouldContain(command => command.StartsWith($"cp {Path.Combine(pulled.Folder, "boot_b.img")} ", StringComparison.Ordinal));
    }

    [FactWith(NewerFastboot.Name)]
    public async Task A_pull_that_is_damaged_refused_or_cut_leaves_nothing()
    {
        using var path = ChangesPath.To(NewerFastboot.Folder);
        _bench.Phone.LiesAtFetch = 1;
        await Findings.OfAsync(DiagnosticCodes.BackupDamaged, () => PullAsync(_bench));
        IsEmpty().ShouldBeTrue();

        _bench.Phone.Keeps.UnionWith(_bench.Phone.Partitions.Keys);
        (await Findings.OfAsync(DiagnosticCodes.FetchImpossible, () => PullAsync(_bench))).Details.Count.ShouldBe(6);
        _bench.Phone.Keeps.Clear();
        _bench.Phone.Expect(new PhoneFault(PhoneFaultKind.CutBytes, 3000));
        await Findings.OfAsync(DiagnosticCodes.DeviceLost, () => PullAsync(_bench));
        IsEmpty().ShouldBeTrue();

        _bench.Phone.Replug();
        _bench.Phone.Variables["max-fetch-size"] = "0xgarbage";
        (await Findings.OfAsync(DiagnosticCodes.FetchImpossible, () => PullAsync(_bench))).Message.ShouldContain("no max-fetch-size");

        bool IsEmpty() => Directory.EnumerateDirectories(_bench.Backups.Path).All(folder => Path.GetFileName(folder) == ".gitignore");
    }

    [FactWith("fastboot")]
    public async Task A_fastboot_without_the_command_is_named_with_the_way_out()
    {
        if (await Fastboot.HasFetchAsync(TestContext.Current.CancellationToken))
        {
            // a newer Debian
            return;
        }

        var finding = await Findings.OfAsync(DiagnosticCodes.FetchImpossible, () => PullAsync(_bench));
        finding.Message.ShouldContain("this fastboot has no command fetch");
        finding.Fix.ShouldContain("platform-tools 31");
        finding.Fix.ShouldContain("PullStock");
        _bench.Stock["boot"] = null;
        (await Should.ThrowAsync<DiagnosticException>(() => _bench.FlashAsync())).Diagnostics
            .ShouldContain(one => one.Code == DiagnosticCodes.BackupImpossible && one.Fix.Contains("platform-tools 31", StringComparison.Ordinal));
    }

    /// <summary>The disk behind the backups has room for one partition of six.</summary>
    [FactOnSmallDisk]
    public async Task A_full_disk_is_said_as_what_it_is_and_nothing_is_written_to_the_device()
    {
        Assert.SkipUnless(NewerFastboot.IsThere, "tests/fetch-debian-fastboot.sh");
        using var path = ChangesPath.To(NewerFastboot.Folder);
        var codes = new List<string>();
        using (new SmallDisk(Directory.CreateDirectory(_bench.Backups.Path).FullName, "1500k"))
        {
            codes.Add(Code(await Record.ExceptionAsync(() => PullAsync(_bench))));
            codes.Add(Code(await Record.ExceptionAsync(() => _bench.FlashAsync())));
            _bench.Phone.Variables["max-fetch-size"] = null;
            codes.Add(Code(await Record.ExceptionAsync(() => _bench.FlashAsync())));
        }

        codes.ShouldBe([DiagnosticCodes.DiskFull, DiagnosticCodes.DiskFull, DiagnosticCodes.DiskFull]);
        _bench.Contents().ShouldBe(_bench.Original, ignoreOrder: true);
        static string Code(Exception? e) => UserErrors.Explain(e.ShouldNotBeNull()) is [var first, ..] ? first.Code : e.ToString();
    }

    private static Task<PulledImages> PullAsync(FlashBench bench) => new BootloaderPull(
        new Fastboot(bench.Options.Serial!, bench.Options.Timing), bench.Backups, TimeProvider.System, bench.Log)
        .RunAsync(TestContext.Current.CancellationToken);
}
