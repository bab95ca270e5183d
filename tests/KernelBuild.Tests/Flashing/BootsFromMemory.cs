using KernelBuild.Diagnostics;
using KernelBuild.Flashing;
using KernelBuild.Manifest;
using KernelBuild.Testing.Phones;

namespace KernelBuild.Tests.Flashing;

/// <summary>The real <c>fastboot boot</c>, confirmed: what comes up, what is refused, what breaks off, and what never comes back.</summary>
[Collection(UsesAdb.Name)]
public sealed class BootsFromMemory(AdbHost host)
{
    private const string Banner = "Linux version 6.1.0-test (builder@host) (clang) #1 SMP";

    [FactWith("adb", "fastboot")]
    public async Task The_image_arrives_and_the_system_that_comes_up_is_the_build_and_nothing_was_written()
    {
        host.ShouldNotBeNull();
        using var bench = new FlashBench(companions: false) { Kernel = new KernelIdentity(Banner, "") };
        using var system = new RunningPhone(phone: bench.Phone);
        bench.Phone.BootsTo = PhoneMode.System;

        var commands = await bench.BootAsync(Options(bench) with { AdbSerial = system.Serial });

        commands.ShouldHaveSingleItem().ShouldEndWith($"boot {bench.Built["boot"]}");
        bench.Phone.Booted.ShouldBe(await File.ReadAllBytesAsync(bench.Built["boot"], TestContext.Current.CancellationToken));
        bench.Contents().ShouldBe(bench.Original, ignoreOrder: true);
        bench.Phone.Mode.ShouldBe(PhoneMode.System);
        bench.Log.Lines.ShouldContain($"it boots: {Banner}");
    }

    [FactWith("adb", "fastboot")]
    public async Task Another_kernel_and_another_phone_that_come_up_are_not_taken_for_it()
    {
        using var bench = new FlashBench(companions: false) { Kernel = new KernelIdentity(Banner.Replace("6.1.0", "6.6.0", StringComparison.Ordinal), "") };
        using var system = new RunningPhone(phone: bench.Phone);
        bench.Phone.BootsTo = PhoneMode.System;
        var options = Options(bench) with { AdbSerial = system.Serial };
        (await Findings.OfAsync(DiagnosticCodes.TrialBootFailed, () => bench.BootAsync(options))).Message.ShouldContain("it boots another kernel");

        bench.Phone.Replug();
        bench.Phone.Variables["serialno"] = "PHONE2";
        (await Findings.OfAsync(DiagnosticCodes.TrialBootFailed, () => bench.BootAsync(options))).Message.ShouldContain("PHONE1 instead of PHONE2");

        // a phone that was at adb before is not the one that was booted, whatever it runs
        using var other = new RunningPhone();
        using var alone = new FlashBench(companions: false);
        alone.Phone.BootsTo = PhoneMode.Gone;
        (await Findings.OfAsync(DiagnosticCodes.TrialBootFailed, () => alone.BootAsync(Options(alone, seconds: 4)))).Message
            .ShouldContain("neither at adb nor at fastboot");
        other.Phone.Mode.ShouldBe(PhoneMode.System);
    }

    [FactWith("adb", "fastboot")]
    public async Task A_bootloader_that_refuses_one_that_comes_back_and_a_phone_that_never_does_are_told_apart()
    {
        using var bench = new FlashBench(companions: false);
        var options = Options(bench, seconds: 4) with { AdbSerial = "127.0.0.1:1" };
        (await Findings.OfAsync(DiagnosticCodes.DeviceRefused, () => bench.BootAsync(options))).Message.ShouldContain("unknown command");

        bench.Phone.BootsTo = PhoneMode.Bootloader;
        (await Findings.OfAsync(DiagnosticCodes.TrialBootFailed, () => bench.BootAsync(options))).Message.ShouldContain("back in its bootloader");

        bench.Phone.BootsTo = PhoneMode.Gone;
        var gone = await Findings.OfAsync(DiagnosticCodes.TrialBootFailed, () => bench.BootAsync(options));
        gone.Message.ShouldContain("neither at adb nor at fastboot");
        gone.Message.ShouldContain("nothing was written");
        bench.Contents().ShouldBe(bench.Original, ignoreOrder: true);

        // who does not want to wait is not kept waiting
        bench.Phone.Replug();
        await bench.BootAsync(options with { NoTrial = true });
        bench.Phone.Mode.ShouldBe(PhoneMode.Gone);
    }

    [FactWith("adb", "fastboot")]
    public async Task A_cable_that_is_cut_while_the_image_is_sent_is_an_error_and_the_next_try_boots()
    {
        using var bench = new FlashBench(companions: false);
        bench.Phone.BootsTo = PhoneMode.Gone;
        var options = Options(bench) with { NoTrial = true };
        bench.Phone.Expect(new PhoneFault(PhoneFaultKind.CutBytes, 60_000));

        await Findings.OfAsync(DiagnosticCodes.DeviceLost, () => bench.BootAsync(options));

        bench.Phone.Booted.ShouldBeNull();
        bench.Phone.Replug();
        await bench.BootAsync(options);
        bench.Phone.Booted!.Length.ShouldBe((int)new FileInfo(bench.Built["boot"]).Length);
    }

    [FactWith("adb", "fastboot")]
    public async Task An_image_that_the_bootloader_cannot_take_in_one_piece_is_refused_before_it_is_sent()
    {
        using var bench = new FlashBench(companions: false);
        bench.Phone.BootsTo = PhoneMode.Gone;
        bench.Phone.Variables["max-download-size"] = "0x8000";

        var finding = await Findings.OfAsync(DiagnosticCodes.DownloadTooLarge, () => bench.BootAsync(Options(bench)));

        finding.Message.ShouldBe(
            "boot.img has 147456 bytes, and the bootloader takes 32768 at once (max-download-size): it cannot be booted from memory");
        bench.Phone.Commands.ShouldAllBe(command => command.StartsWith("getvar:", StringComparison.Ordinal));
    }

    private static FlashOptions Options(FlashBench bench, int seconds = 25) => bench.Options with
    {
        NoTrial = false, Timing = bench.Options.Timing with { Boot = TimeSpan.FromSeconds(seconds) },
    };
}
