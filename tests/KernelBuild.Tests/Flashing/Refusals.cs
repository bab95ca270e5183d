using KernelBuild.Diagnostics;
using KernelBuild.Flashing;
using KernelBuild.Testing.Phones;

namespace KernelBuild.Tests.Flashing;

/// <summary>What hinders a flash is said before anything is written, each by its code.</summary>
public sealed class Refusals
{
    [FactWith("fastboot")]
    public async Task A_locked_phone_is_refused()
    {
        using var bench = new FlashBench();
        bench.Phone.Variables["unlocked"] = "no";

        await RefusedAsync(bench, DiagnosticCodes.DeviceLocked);
        await Findings.OfAsync(DiagnosticCodes.DeviceLocked, () => bench.RollbackAsync());
    }

    [FactWith("fastboot")]
    public async Task A_phone_that_does_not_say_whether_it_is_unlocked_is_warned_about()
    {
        using var bench = new FlashBench();
        bench.Phone.Variables["unlocked"] = null;

        await bench.FlashAsync(bench.Options with { Yes = false });

        bench.Log.Findings.ShouldContain(finding => finding.Code == DiagnosticCodes.DeviceSilent);
    }

    [FactWith("fastboot")]
    public async Task Another_product_and_a_project_without_one_are_refused_with_the_name()
    {
        using var bench = new FlashBench();
        bench.Phone.Product = "raven";
        (await RefusedAsync(bench, DiagnosticCodes.FlashProductDiffers)).Message.ShouldBe("the device is 'raven', and the project is "
            + "for demo, demo2");

        bench.Products = [];
        (await RefusedAsync(bench, DiagnosticCodes.FlashProductDiffers)).Fix.ShouldContain("<FlashProduct>raven</FlashProduct>");

        bench.Products = ["raven"];
        (await bench.FlashAsync(bench.Options with { Yes = false })).ShouldNotBeEmpty();
    }

    [FactWith("fastboot")]
    public async Task A_partition_that_is_too_small_or_not_there_is_refused()
    {
        using var bench = new FlashBench();
        bench.Phone.Partitions["boot_b"] = bench.Phone.Partitions["boot_b"][..50_000];
        bench.Remember();
        (await RefusedAsync(bench, DiagnosticCodes.ImageLargerThanPartition)).Message.ShouldContain("boot_b 50000");

        bench.Phone.Partitions["boot_b"] = new byte[1 << 20];
        bench.Phone.Partitions.Remove("init_boot_b");
        bench.Remember();
        (await RefusedAsync(bench, DiagnosticCodes.PartitionMissing)).Message.ShouldContain("init_boot_b");
    }

    [FactWith("fastboot")]
    public async Task What_cannot_be_saved_is_not_written_unless_the_user_says_so_and_then_does_not_come_back()
    {
        using var bench = new FlashBench(companions: false);
        bench.Stock["boot"] = null;
        (await RefusedAsync(bench, DiagnosticCodes.BackupImpossible)).Fix.ShouldContain("PullStock");

        await bench.FlashAsync(bench.Options with { NoBackup = true });

        bench.Holds("boot_b", "boot").ShouldBeTrue();
        bench.Phone.Replug();
        (await Findings.OfAsync(DiagnosticCodes.BackupImpossible, () => bench.RollbackAsync())).Message.ShouldContain("--no-backup");
    }

    [FactWith("fastboot")]
    public async Task Fastbootd_is_not_the_bootloader()
    {
        using var bench = new FlashBench();
        bench.Phone.Variables["is-userspace"] = "yes";

        (await RefusedAsync(bench, DiagnosticCodes.DeviceModeWrong)).Fix.ShouldBe("fastboot reboot bootloader");
    }

    [FactWith("fastboot")]
    public async Task A_slot_that_is_none_and_a_slot_for_a_phone_without_slots_are_refused()
    {
        using var bench = new FlashBench(companions: false);
        await Findings.OfAsync(DiagnosticCodes.UsageInvalid, () => bench.FlashAsync(bench.Options with { Slot = "c" }));

        bench.Phone.Variables["slot-count"] = null;
        bench.Phone.Variables["current-slot"] = null;
        bench.Phone.Variables["has-slot:boot"] = null;
        bench.Phone.Partitions["boot"] = bench.Phone.Partitions["boot_b"].ToArray();
        bench.Remember();
        await Findings.OfAsync(DiagnosticCodes.UsageInvalid, () => bench.FlashAsync(bench.Options with { Slot = "a" }));

        await bench.FlashAsync();
        bench.Holds("boot", "boot").ShouldBeTrue();
        bench.Phone.Replug();
        await bench.RollbackAsync();
        bench.Contents().ShouldBe(bench.Original, ignoreOrder: true);
    }

    /// <summary>
    /// Source of the hang: fastboot 29 reads on for ever at the end of a connection; the phone that answers nothing is one, too.
    /// </summary>
    [FactWith("fastboot")]
    public async Task A_phone_that_hangs_is_an_error_after_a_bounded_wait()
    {
        using var bench = new FlashBench(companions: false);
        bench.Phone.Expect(new PhoneFault(PhoneFaultKind.Hang, 0));
        var quick = bench.Options with { Timing = bench.Options.Timing with { Transfer = TimeSpan.FromSeconds(2) } };

        var finding = await Findings.OfAsync(DiagnosticCodes.DeviceLost, () => bench.FlashAsync(quick));

        finding.Message.ShouldContain("no answer within");
        bench.Phone.Replug();
        await bench.RollbackAsync();
        bench.Contents().ShouldBe(bench.Original, ignoreOrder: true);
    }

    [FactWith("fastboot")]
    public async Task A_refusal_of_the_bootloader_is_said_in_its_words()
    {
        using var bench = new FlashBench(companions: false);
        bench.Phone.Refuses = "flash:boot_b";

        var finding = await Findings.OfAsync(DiagnosticCodes.DeviceRefused, () => bench.FlashAsync());

        finding.Message.ShouldContain("not today");
    }

    [FactWith("fastboot")]
    public async Task A_header_version_that_is_not_stocks_is_refused_before_anything_is_written()
    {
        using var bench = new FlashBench(companions: false);
        bench.Built["boot"] = bench.Files.Write("artifacts/demo/boot.img", KernelBuild.BootImages.Boot.BootImage.Create(
            KernelBuild.Testing.BootImages.Samples.Contents(3) with { Kernel = KernelBuild.Testing.BootImages.Samples.Kernel() }).ToArray());

        await RefusedAsync(bench, DiagnosticCodes.BootImageHeaderInvalid);
    }

    [FactWith("fastboot")]
    public async Task A_damaged_backup_and_a_damaged_journal_are_not_relied_on()
    {
        using var bench = new FlashBench(companions: false);
        await Findings.OfAsync(DiagnosticCodes.JournalInvalid, () => bench.RollbackAsync());
        await bench.FlashAsync();
        bench.Phone.Replug();
        var session = bench.Backups.SessionsOf("demo", "PHONE1")[0];
        var backup = Path.Combine(session.Folder, "boot_b.img");
        var bytes = await File.ReadAllBytesAsync(backup, TestContext.Current.CancellationToken);
        bytes[1000] ^= 1;
        await File.WriteAllBytesAsync(backup, bytes, TestContext.Current.CancellationToken);
        (await Findings.OfAsync(DiagnosticCodes.BackupDamaged, () => bench.RollbackAsync())).File.ShouldBe(backup);

        await File.AppendAllTextAsync(session.File, "{\"action\":", TestContext.Current.CancellationToken);
        await Findings.OfAsync(DiagnosticCodes.JournalInvalid, () => bench.RollbackAsync());
        await Findings.OfAsync(DiagnosticCodes.JournalInvalid, () => bench.FlashAsync());
    }

    [Fact]
    public void Several_phones_in_a_list_are_told_apart()
    {
        Fastboot.ReadList(["A1B2\tfastboot", "C3D4\t fastboot", ""]).ShouldBe(["A1B2", "C3D4"]);
        Adb.ReadList(["* daemon started successfully", "List of devices attached", "A1\tdevice", "B2\tunauthorized", ""])
            .ShouldBe([new AdbDevice("A1", "device"), new AdbDevice("B2", "unauthorized")]);
    }

    [Theory]
    [InlineData("unlocked: yes", true)]
    [InlineData("unlocked: no", false)]
    [InlineData("unlocked:true", true)]
    [InlineData("device-state: unlocked", true)]
    [InlineData("securestate: flashing_locked", false)]
    [InlineData("verifiedbootstate: orange", true)]
    [InlineData("verifiedbootstate: green", false)]
    [InlineData("secure: yes", null)]
    public void Lock_states_are_read_in_the_words_of_several_makers(string line, bool? unlocked) =>
        FastbootVariables.Parse(["(bootloader) " + line]).IsUnlocked.ShouldBe(unlocked);

    [Fact]
    public void Names_with_a_part_of_their_own_keep_it()
    {
        var variables = FastbootVariables.Parse(
            ["(bootloader) partition-size:boot_a: 0x4000000", "(bootloader) partition-size:dtbo_a:800000", "(bootloader) version-bootloader:a:b", "all: "]);

        variables.SizeOf("boot_a").ShouldBe(0x4000000);
        variables.SizeOf("dtbo_a").ShouldBe(0x800000);
        variables["version-bootloader"].ShouldBe("a:b");
    }

    /// <summary>Numbers as bootloaders write them, and as they should not.</summary>
    [Theory]
    [InlineData("0x10000000", 0x10000000L)]
    [InlineData("536870912", 536870912L)]
    [InlineData("0x", null)]
    [InlineData("0x0", null)]
    [InlineData("-1", null)]
    [InlineData("lots", null)]
    [InlineData("0xffffffffffffffffff", null)]
    public void A_limit_is_read_as_fastboot_reads_it_and_garbage_is_none(string text, long? limit)
    {
        var variables = FastbootVariables.Parse([$"(bootloader) max-download-size: {text}", $"(bootloader) max-fetch-size: {text}"]);

        variables.MaxDownload.ShouldBe(limit);
        variables.CanFetch.ShouldBe(limit is not null);
    }

    [FactWith("fastboot")]
    public async Task A_bootloader_whose_answers_are_garbled_gets_nothing_that_writes()
    {
        using var bench = new FlashBench(companions: false);
        foreach (var (name, value) in ((string, string)[])[("slot-count", "two"), ("current-slot", "\u0001?"), ("partition-size:boot_b", "0xzz")])
        {
            bench.Phone.Variables[name] = value;
        }

        (await Should.ThrowAsync<DiagnosticException>(() => bench.FlashAsync())).Diagnostics
            .ShouldContain(finding => finding.Severity == DiagnosticSeverity.Error);

        bench.Phone.Commands.ShouldAllBe(command => command.StartsWith("getvar:", StringComparison.Ordinal));
        bench.Contents().ShouldBe(bench.Original, ignoreOrder: true);
    }

    private static async Task<Diagnostic> RefusedAsync(FlashBench bench, string code)
    {
        bench.Phone.Commands.Clear();
        var finding = (await Should.ThrowAsync<DiagnosticException>(() => bench.FlashAsync())).Diagnostics.First(one => one.Code == code);
        bench.Phone.Commands.ShouldAllBe(command => command.StartsWith("getvar:", StringComparison.Ordinal));
        bench.Contents().ShouldBe(bench.Original, ignoreOrder: true);
        return finding;
    }
}
