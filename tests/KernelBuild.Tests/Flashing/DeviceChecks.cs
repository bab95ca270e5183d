using System.Collections.Immutable;
using KernelBuild.Diagnostics;
using KernelBuild.Flashing;
using KernelBuild.Iommu.Capturing;
using KernelBuild.Manifest;
using KernelBuild.Testing.Phones;

namespace KernelBuild.Tests.Flashing;

/// <summary>A running phone is compared with the build, slot by slot and group by group, and a function is bound and given back.</summary>
[Collection(UsesAdb.Name)]
public sealed class DeviceChecks(AdbHost host)
{
    private static readonly KernelIdentity _kernel = new("Linux version 6.1.0-test (builder@host) (clang) #1 SMP", "0102030405060708");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [FactWith("adb")]
    public async Task The_slot_that_runs_is_compared_with_the_one_that_was_flashed_and_with_the_one_that_is_asked_for()
    {
        host.ShouldNotBeNull();
        using var phone = new RunningPhone();
        using var bench = new TestFolder();
        var backups = BackupFolder.Of(bench["demo.kernelproj"]);
        (await CheckAsync(phone, backups)).ShouldBeEmpty();

        // the phone runs slot a
        Flashed(backups, "b", JournalAction.Finish);
        (await CheckAsync(phone, backups)).ShouldHaveSingleItem().Message.ShouldBe("the device runs slot a, and the build was flashed to slot b");
        (await CheckAsync(phone, backups, slot: "a")).ShouldBeEmpty();
        (await CheckAsync(phone, backups, slot: "b")).ShouldHaveSingleItem().Message.ShouldBe("the device runs slot a, and not slot b");
        await Findings.OfAsync(DiagnosticCodes.UsageInvalid, () => RunAsync(phone, backups, slot: "c"));

        // a flash that was taken back counts no more; one that was cut is said; another phone's says nothing of this one
        backups.LastOf("PHONE1")!.With(new JournalEntry(JournalAction.RollBack, JournalState.Done) { Time = DateTime.UtcNow });
        (await CheckAsync(phone, backups)).ShouldBeEmpty();
        backups.Begin(new JournalHeader(1, "demo", "demo", "PHONE2", "b", "a"))
            .With(new JournalEntry(JournalAction.Finish, JournalState.Done) { Time = DateTime.UtcNow });
        (await CheckAsync(phone, backups)).ShouldBeEmpty();
        Flashed(backups, "b", JournalAction.SetActive);
        (await RunAsync(phone, backups)).ShouldContain(
            finding => finding.Code == DiagnosticCodes.DeviceSilent && finding.Message.Contains("was cut off", StringComparison.Ordinal));
    }

    [FactWith("adb")]
    public async Task A_slot_that_the_device_does_not_tell_is_said()
    {
        using var phone = new RunningPhone();
        phone.Files.Script("bin/getprop", "case $1 in ro.serialno) echo PHONE1 ;; esac");
        using var bench = new TestFolder();
        var backups = BackupFolder.Of(bench["demo.kernelproj"]);

        await Findings.OfAsync(DiagnosticCodes.DeviceSilent, () => RunAsync(phone, backups, slot: "a"));
        Flashed(backups, "b", JournalAction.Finish);

        (await RunAsync(phone, backups)).ShouldContain(finding => finding.Message.Contains("flashed to slot b", StringComparison.Ordinal));
    }

    [FactWith("adb")]
    public async Task Groups_are_compared_with_those_that_the_project_expects()
    {
        using var phone = new RunningPhone();
        PlayedDrivers.Add(phone.Files, "root", "bin");
        using var bench = new TestFolder();
        var project = bench["demo.kernelproj"];
        ExpectedDeviceGroups.FileOf(project, withoutPatches: false).ShouldBeNull();
        var file = bench.Write("expected-groups.device.txt", """
            # each alone, as the phone has it
            0000:00:00.0
            0000:00:01.0
            0000:00:02.0
            0000:00:03.0
            0000:01:00.0
            """);
        ExpectedDeviceGroups.FileOf(project, withoutPatches: false).ShouldBe(file);
        ExpectedDeviceGroups.FileOf(project, withoutPatches: true).ShouldBeNull();
        (await CheckAsync(phone, BackupFolder.Of(project), expected: file)).ShouldBeEmpty();

        bench.Write("expected-groups.device.txt", "0000:00:00.0\n0000:00:01.0 0000:01:00.0\n0000:00:02.0\n15000000.usb\n- 0000:00:03.0\n");
        var findings = await CheckAsync(phone, BackupFolder.Of(project), expected: file);
        findings.Select(finding => finding.Message).ShouldBe(
        [
            "0000:00:01.0: expected with 0000:01:00.0, found alone in its group",
            "0000:00:03.0: expected in no group, found alone in its group",
            "0000:01:00.0: expected with 0000:00:01.0, found alone in its group",
            "15000000.usb: expected alone in its group, found not there",
        ]);
        findings.ShouldAllBe(finding => finding.File == file);

        bench.Write("expected-groups.device.txt", "0000:00:00.0 0000:00:00.0\n");
        await Findings.OfAsync(DiagnosticCodes.ExpectationInvalid, () => RunAsync(phone, BackupFolder.Of(project), expected: file));
    }

    /// <summary>Root in each of its forms; the old shell is a terminal.</summary>
    [TheoryWith("adb")]
    [InlineData("root", false)]
    [InlineData("su -c", true)]
    [InlineData("su 0", false)]
    [InlineData("sudo -n", false)]
    public async Task A_function_is_given_to_vfio_pci_and_back_to_its_driver(string root, bool legacy)
    {
        using var phone = Phone(root, new AdbShellSettings { IsLegacy = legacy });

        (await TryAsync(phone)).ShouldBeEmpty();

        var writes = await File.ReadAllLinesAsync(phone.Files["root/writes"], Cancellation);
        writes.ShouldBe(
        [
            "0000:01:00.0 > /sys/bus/pci/devices/0000:01:00.0/driver/unbind",
            "vfio-pci > /sys/bus/pci/devices/0000:01:00.0/driver_override",
            "0000:01:00.0 > /sys/bus/pci/drivers_probe",
            "0000:01:00.0 > /sys/bus/pci/devices/0000:01:00.0/driver/unbind",
            " > /sys/bus/pci/devices/0000:01:00.0/driver_override",
            "0000:01:00.0 > /sys/bus/pci/drivers/e1000e/bind",
        ]);
        DriverOf(phone).ShouldBe("e1000e");
    }

    [FactWith("adb")]
    public async Task On_a_device_that_runs_something_else_no_driver_is_touched_and_it_is_said()
    {
        using var phone = Phone();
        using var bench = new TestFolder();
        var other = new DeviceCheckRun(phone.Adb, BackupFolder.Of(bench["demo.kernelproj"]), new TestLog()) { Functions = [PlayedDrivers.Card] };

        var findings = (await Should.ThrowAsync<DiagnosticException>(
            () => other.RunAsync(_kernel with { BuildId = "ffffffffffffffff" }, Here(phone), Cancellation))).Diagnostics;

        findings.ShouldContain(finding => finding.Code == DiagnosticCodes.DeviceDiffers);
        findings.ShouldContain(finding => finding.Message == $"the binding of {PlayedDrivers.Card} was not tried: what runs is not what was built");
        File.Exists(phone.Files["root/writes"]).ShouldBeFalse();
    }

    [FactWith("adb")]
    public async Task Without_root_and_without_being_asked_no_driver_is_touched()
    {
        using var phone = Phone("none");
        var finding = (await TryAsync(phone)).ShouldHaveSingleItem();
        finding.Code.ShouldBe(DiagnosticCodes.RootMissing);
        using var bench = new TestFolder();
        await RunAsync(phone, BackupFolder.Of(bench["demo.kernelproj"]));

        File.Exists(phone.Files["root/writes"]).ShouldBeFalse();
        DriverOf(phone).ShouldBe("e1000e");
    }

    [FactWith("adb")]
    public async Task What_the_device_uses_is_not_taken_from_its_driver()
    {
        using var phone = Phone();
        phone.Files.Write($"root/sys/bus/pci/devices/{PlayedDrivers.Card}/net/eth0/operstate", "up\n");
        var finding = (await TryAsync(phone)).ShouldHaveSingleItem();
        finding.Code.ShouldBe(DiagnosticCodes.FunctionInUse);
        finding.Details.ShouldBe(["0000:01:00.0: its network interface eth0 is up"]);
        phone.Files.Write($"root/sys/bus/pci/devices/{PlayedDrivers.Card}/net/eth0/operstate", "down\n");

        // a mounted partition, by its numbers: the name in the table of mounts may be /dev/root
        phone.Files.Write($"root/sys/bus/pci/devices/{PlayedDrivers.Card}/nvme/nvme0/nvme0c0n1/nvme0n1p1/dev", "259:1\n");
        phone.Files.Write("root/proc/self/mountinfo", "22 1 259:1 / / rw - ext4 /dev/root rw\n");
        (await TryAsync(phone)).ShouldHaveSingleItem().Details.ShouldBe(["0000:01:00.0: its disk nvme0n1 is in use"]);
        phone.Files.Write("root/proc/self/mountinfo", "");
        phone.Files.Write("root/proc/swaps", "/dev/nvme0n1p2 partition 1 0 -2\n");
        (await TryAsync(phone)).ShouldHaveSingleItem().Code.ShouldBe(DiagnosticCodes.FunctionInUse);
        phone.Files.Write("root/proc/swaps", "");

        File.Exists(phone.Files["root/writes"]).ShouldBeFalse();
        (await TryAsync(phone)).ShouldBeEmpty();
    }

    [FactWith("adb")]
    public async Task A_binding_that_fails_and_a_driver_that_does_not_come_back_are_said()
    {
        using var phone = Phone();
        var pci = "root/sys/bus/pci/";
        phone.Files.Write(pci + "refuses", "");
        phone.Files.Script("bin/dmesg", "echo '[1.0] vfio-pci: probe of 0000:01:00.0 failed with error -22'");
        var refused = (await TryAsync(phone)).ShouldHaveSingleItem();
        refused.Code.ShouldBe(DiagnosticCodes.FunctionNotBound);
        refused.Details.ShouldHaveSingleItem().ShouldContain("error -22");
        DriverOf(phone).ShouldBe("e1000e");
        (await File.ReadAllTextAsync(phone.Files[$"{pci}devices/{PlayedDrivers.Card}/driver_override"], Cancellation)).ShouldBe("(null)\n");

        File.Delete(phone.Files[pci + "refuses"]);
        phone.Files.Write(pci + "stuck", "");
        var lost = (await TryAsync(phone)).ShouldHaveSingleItem();
        lost.Code.ShouldBe(DiagnosticCodes.DriverNotRestored);
        lost.Fix.ShouldContain("echo 0000:01:00.0 > /sys/bus/pci/drivers/e1000e/bind");

        using var without = Phone();
        Directory.Delete(without.Files[pci + "drivers/vfio-pci"]);
        (await TryAsync(without)).ShouldHaveSingleItem().Message.ShouldContain("has no vfio-pci");
        File.Exists(without.Files["root/writes"]).ShouldBeFalse();
    }

    /// <summary>The group that Linux formed decides, whatever was predicted.</summary>
    [FactWith("adb")]
    public async Task A_group_that_the_host_uses_and_a_name_that_is_no_function_are_refused()
    {
        using var phone = Phone();
        (await TryAsync(phone, "0000:01:00.1")).ShouldHaveSingleItem().Code.ShouldBe(DiagnosticCodes.UsageInvalid);
        (await TryAsync(phone, "$(reboot)")).ShouldHaveSingleItem().Code.ShouldBe(DiagnosticCodes.UsageInvalid);
        (await TryAsync(phone, "0000:00:01.0")).ShouldHaveSingleItem().Message.ShouldContain("is a bridge");
        Directory.CreateDirectory(phone.Files["root/sys/kernel/iommu_groups/9/devices/15000000.usb"]);
        File.CreateSymbolicLink(phone.Files["root/sys/kernel/iommu_groups/9/devices/15000000.usb/driver"], "../../drivers/dwc3");

        var finding = (await TryAsync(phone)).ShouldHaveSingleItem();

        finding.Code.ShouldBe(DiagnosticCodes.GroupNotViable);
        finding.Details.ShouldBe(["15000000.usb dwc3"]);
        File.Exists(phone.Files["root/writes"]).ShouldBeFalse();
    }

    [FactWith("adb")]
    public async Task A_cable_that_is_cut_in_between_leaves_the_driver_where_it_was()
    {
        using var phone = Phone("root", new AdbShellSettings { CutAfter = 30 });
        phone.Files.Write("root/sys/bus/pci/slow", "");
        var capture = Here(phone);

        await Findings.OfAsync(DiagnosticCodes.DeviceLost, () => new BindingTrial(phone.Adb, "", capture).RunAsync(PlayedDrivers.Card, Cancellation));

        for (var tries = 0; tries < 100 && (tries < 5 || DriverOf(phone) != "e1000e"); tries++)
        {
            await Task.Delay(100, Cancellation);
        }

        DriverOf(phone).ShouldBe("e1000e");
        File.ReadLines(phone.Files["root/writes"]).ShouldContain("vfio-pci > /sys/bus/pci/devices/0000:01:00.0/driver_override");
    }

    private static RunningPhone Phone(string root = "root", AdbShellSettings? settings = null)
    {
        var phone = new RunningPhone(root, settings);
        PlayedDrivers.Add(phone.Files, "root", "bin");
        return phone;
    }

    private static string? DriverOf(RunningPhone phone) => Path.GetFileName(
        new FileInfo(phone.Files[$"root/sys/bus/pci/devices/{PlayedDrivers.Card}/driver"]).LinkTarget);

    private static Capture Here(RunningPhone phone)
    {
        var here = Oracle.Output("env", [$"R={phone.Files["root"]}", "sh", "-c", CaptureScript.Text.ReplaceLineEndings("\n")]);
        CaptureReader.TryRead(here, out var capture, out var error).ShouldBeTrue(error?.ToString());
        return capture;
    }

    private static async Task<ImmutableArray<Diagnostic>> TryAsync(RunningPhone phone, string function = PlayedDrivers.Card)
    {
        var identity = await DeviceIdentity.ReadAsync(phone.Adb, Cancellation);
        return await new BindingTrial(phone.Adb, identity.Root, Here(phone)).RunAsync(function, Cancellation);
    }

    private static Task<ImmutableArray<Diagnostic>> RunAsync(
        RunningPhone phone, BackupFolder backups, string? slot = null, string? expected = null) =>
        new DeviceCheckRun(phone.Adb, backups, new TestLog()) { Slot = slot, ExpectedGroups = expected }
            .RunAsync(_kernel, Here(phone), Cancellation);

    /// <summary>What differs.</summary>
    private static async Task<Diagnostic[]> CheckAsync(
        RunningPhone phone, BackupFolder backups, string? slot = null, string? expected = null)
    {
        try
        {
            return [.. (await RunAsync(phone, backups, slot, expected)).Where(finding => finding.Code == DiagnosticCodes.DeviceDiffers)];
        }
        catch (DiagnosticException e)
        {
            return [.. e.Diagnostics.Where(finding => finding.Code == DiagnosticCodes.DeviceDiffers)];
        }
    }

    /// <summary>The journal of a flash of this phone to a slot.</summary>
    private static void Flashed(BackupFolder backups, string slot, JournalAction last) => backups
        .Begin(new JournalHeader(1, "demo", "demo", "PHONE1", slot, "a"))
        .With(new JournalEntry(last, JournalState.Done) { Time = DateTime.UtcNow });
}
