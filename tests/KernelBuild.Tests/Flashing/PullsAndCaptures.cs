using KernelBuild.Device;
using KernelBuild.Diagnostics;
using KernelBuild.Flashing;
using KernelBuild.Iommu.Capturing;
using KernelBuild.Manifest;
using KernelBuild.Testing.Phones;

namespace KernelBuild.Tests.Flashing;

/// <summary>The real adb against a phone whose shell is the old one or the new one, with root in three ways or without.</summary>
[Collection(UsesAdb.Name)]
public sealed class PullsAndCaptures(AdbHost host)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [TheoryWith("adb")]
    [InlineData("root", false)]
    [InlineData("su -c", false)]
    [InlineData("su 0", false)]
    [InlineData("root", true)]
    [InlineData("su -c", true)]
    public async Task All_partitions_arrive_as_the_phone_has_them_and_are_never_replaced(string root, bool legacy)
    {
        host.ShouldNotBeNull();
        using var phone = new RunningPhone(root, new AdbShellSettings { IsLegacy = legacy });
        using var project = new TestFolder();
        var backups = BackupFolder.Of(project["demo.kernelproj"]);

        var pulled = await PullAsync(phone, backups);

        Path.GetFileName(pulled.Folder).ShouldBe("demo_demo_demo_14_UP1A.231005.007_1_user_release-keys");
        pulled.Partitions.Length.ShouldBe(10);
        foreach (var partition in pulled.Partitions)
        {
            (await File.ReadAllBytesAsync(Path.Combine(pulled.Folder, partition.File), Cancellation)).ShouldBe(phone.Partitions[partition.Partition]);
        }

        StockPull.Properties(pulled, project["demo.kernelproj"]).ShouldContain(
            $"<StockBootImage>backup/{Path.GetFileName(pulled.Folder)}/boot.img</StockBootImage>");
        (await PullAsync(phone, backups)).Folder.ShouldBe(pulled.Folder);
        phone.Files.Write("root/dev/block/by-name/boot_a", [1, 2, 3, 4]);
        (await PullAsync(phone, backups)).Folder.ShouldBe(pulled.Folder + ".2");
        (await File.ReadAllBytesAsync(Path.Combine(pulled.Folder, "boot.img"), Cancellation)).ShouldBe(phone.Partitions["boot_a"]);
        Directory.EnumerateDirectories(backups.Path).Count().ShouldBe(2);
    }

    [FactWith("adb")]
    public async Task Without_root_nothing_is_pulled_and_it_is_said_why()
    {
        using var phone = new RunningPhone("none");
        using var project = new TestFolder();
        var backups = BackupFolder.Of(project["demo.kernelproj"]);

        await Findings.OfAsync(DiagnosticCodes.RootMissing, () => PullAsync(phone, backups));
        Directory.Exists(backups.Path).ShouldBeFalse();
    }

    [FactWith("adb")]
    public async Task Bytes_that_change_on_the_way_and_a_cable_that_is_cut_leave_nothing_behind()
    {
        using var project = new TestFolder();
        var backups = BackupFolder.Of(project["demo.kernelproj"]);
        using (var lying = new RunningPhone("root", new AdbShellSettings { LiesAt = 100_000 }))
        {
            await Findings.OfAsync(DiagnosticCodes.BackupDamaged, () => PullAsync(lying, backups));
        }

        using var cut = new RunningPhone("root", new AdbShellSettings { CutAfter = 150_000 });
        var finding = (await Should.ThrowAsync<DiagnosticException>(() => PullAsync(cut, backups))).Diagnostics[0];
        finding.Code.ShouldBeOneOf(DiagnosticCodes.DeviceLost, DiagnosticCodes.BackupDamaged);
        Directory.EnumerateDirectories(backups.Path).ShouldBeEmpty();
    }

    [TheoryWith("adb")]
    [InlineData("root", false)]
    [InlineData("su -c", true)]
    [InlineData("none", false)]
    [InlineData("none", true)]
    public void A_capture_over_adb_is_that_of_the_shell_here(string root, bool legacy)
    {
        using var phone = new RunningPhone(root, new AdbShellSettings { IsLegacy = legacy });

        new LiveCapture(CaptureShell.Adb(phone.Serial)).TryRead(phone.Files["partial"], out var capture, out var error).ShouldBeTrue(error?.ToString());

        var here = Oracle.Output("env", [$"R={phone.Files["root"]}", "sh", "-c", CaptureScript.Text.ReplaceLineEndings("\n")]);
        CaptureReader.TryRead(here, out var expected, out _).ShouldBeTrue();
        CaptureFile.Write(capture).ShouldBe(CaptureFile.Write(expected));
        capture.Functions.Length.ShouldBe(4);
    }

    [FactWith("adb")]
    public void A_capture_that_is_cut_or_hangs_is_an_error_and_never_a_half_one()
    {
        using (var cut = new RunningPhone("root", new AdbShellSettings { CutAfter = 9_000 }))
        {
            new LiveCapture(CaptureShell.Adb(cut.Serial)).TryRead(cut.Files["partial"], out _, out var broken).ShouldBeFalse();
            broken.Code.ShouldBe(DiagnosticCodes.CaptureCut);
            broken.Details.ShouldContain(line => line.Contains("is kept in"));
        }

        using var hung = new RunningPhone("root", new AdbShellSettings { Hangs = true });
        new LiveCapture(CaptureShell.Adb(hung.Serial)) { Longest = TimeSpan.FromSeconds(2) }
            .TryRead(hung.Files["partial"], out _, out var error).ShouldBeFalse();
        error.Code.ShouldBe(DiagnosticCodes.CaptureFailed);
    }

    [FactWith("adb")]
    public async Task Two_phones_are_told_apart_by_their_serial_and_none_is_chosen_without_it()
    {
        using var first = new RunningPhone();
        using var second = new RunningPhone();
        var finder = new DeviceFinder(RunningPhone.Timing);

        (await Findings.OfAsync(DiagnosticCodes.DeviceAmbiguous, () => finder.AdbAsync(null, Cancellation))).Message.ShouldContain(second.Serial);
        (await finder.AdbAsync(second.Serial, Cancellation)).Serial.ShouldBe(second.Serial);
        await Findings.OfAsync(DiagnosticCodes.DeviceNotFound, () => finder.AdbAsync("NOSUCH", Cancellation));
        await Findings.OfAsync(DiagnosticCodes.DeviceAmbiguous, () => finder.FastbootAsync(null, Cancellation));
    }

    [FactWith("adb")]
    public async Task What_differs_on_the_device_is_named_each()
    {
        using var phone = new RunningPhone();
        var identity = await DeviceIdentity.ReadAsync(phone.Adb, Cancellation);
        identity.Kernel.ShouldBe(new KernelIdentity("Linux version 6.1.0-test (builder@host) (clang) #1 SMP", "0102030405060708"));
        identity.SlotSuffix.ShouldBe("_a");

        var other = new KernelIdentity("Linux version 6.1.0-other (builder@host) (clang) #1 SMP", "ffffffffffffffff");
        Diagnostic[] Compare(KernelIdentity built) =>
            [.. DeviceCheck.CompareKernel(built, identity.Kernel), .. DeviceCheck.CompareGroups(new Capture { Kernel = "6.1.0" })];
        var findings = Compare(other);

        findings.Where(finding => finding.Code == DiagnosticCodes.DeviceDiffers).Select(finding => finding.Message).ShouldBe(
        [
            "the kernel banner of the device is 'Linux version 6.1.0-test (builder@host) (clang) #1 SMP', and that of the build "
            + "'Linux version 6.1.0-other (builder@host) (clang) #1 SMP'",
            "the build ID of the device is '0102030405060708', and that of the build 'ffffffffffffffff'",
        ]);
        Compare(identity.Kernel).ShouldNotContain(finding => finding.Code == DiagnosticCodes.DeviceDiffers);
    }

    /// <summary>The bootloader boots the kernel from memory, the system comes up with it, and goes back for the flash.</summary>
    [FactWith("adb", "fastboot")]
    public async Task A_kernel_that_boots_from_memory_is_flashed_and_one_that_does_not_is_not()
    {
        using var bench = new FlashBench(companions: false);
        using var system = new RunningPhone(phone: bench.Phone);
        bench.Phone.BootsTo = PhoneMode.System;
        var trial = bench.Options with
        {
            NoTrial = false, AdbSerial = system.Serial, Timing = bench.Options.Timing with { Boot = TimeSpan.FromSeconds(25) },
        };
        await bench.FlashAsync(trial);
        bench.Phone.Booted!.Length.ShouldBe((int)new FileInfo(bench.Built["boot"]).Length);
        bench.Holds("boot_b", "boot").ShouldBeTrue();

        using var broken = new FlashBench(companions: false);
        broken.Phone.BootsTo = PhoneMode.Bootloader;
        await Findings.OfAsync(
            DiagnosticCodes.TrialBootFailed,
            () => broken.FlashAsync(broken.Options with { NoTrial = false, AdbSerial = "127.0.0.1:1", Timing = trial.Timing }));
        broken.Contents().ShouldBe(broken.Original, ignoreOrder: true);

        using var refusing = new FlashBench(companions: false);
        await refusing.FlashAsync(refusing.Options with { NoTrial = false });
        refusing.Holds("boot_b", "boot").ShouldBeTrue();
        refusing.Log.Lines.ShouldContain(line => line.Contains("does not boot from memory"));
    }

    private static async Task<PulledImages> PullAsync(RunningPhone phone, BackupFolder backups) =>
        await new StockPull(phone.Adb, backups, TimeProvider.System, new TestLog()).RunAsync(Cancellation);
}
