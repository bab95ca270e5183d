using System.Collections.Immutable;
using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Processes;
using KernelBuild.Iommu.Binding;
using KernelBuild.Iommu.Fixes;
using KernelBuild.Iommu.Explanation;
using KernelBuild.Iommu.Prediction;
using KernelBuild.KernelImages.Containers;
using KernelBuild.KernelImages.Image;
using KernelBuild.KernelImages.Patching;
using KernelBuild.KernelImages.Tables;
using KernelBuild.Testing.EndToEnd.Groups;

namespace KernelBuild.EndToEnd.Tests;

/// <summary>Fixes are found for a machine that was booted, applied as they were written, and booted again.</summary>
[Collection(nameof(KernelsThatBoot))]
public sealed class FixesOnRealKernels(RealKernelBuild build) : IDisposable
{
    private const string Target = "0000:01:00.0";

    /// <summary>setpci's syntax for the one thing that fixes ask of it; busybox has no setpci.</summary>
    private const string Setpci = """
        setpci() {
          f=/sys/bus/pci/devices/$2/config; at=256; value=${3##*=}
          while h=$((0x$(od -An -tx4 -j $at -N 4 $f | tr -d ' '))) && [ $((h & 65535)) != 13 ]; do at=$((h >> 20)); [ $at -ge 256 ] || return 1; done
          printf "\\x$value" | dd of=$f bs=1 seek=$((at + 6)) conv=notrunc 2>/dev/null
        }

        """;

    private readonly Lab _lab = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("kernelbuild-fix-").FullName;

    public void Dispose()
    {
        _lab.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_vendor_tree_that_groups_too_much_is_cured_by_the_overlay_that_cure_writes()
    {
        build.Result.ExitCode.ShouldBe(0);
        var bare = await Lab.TreeAsync(LabIommu.StandIn);
        var host = new IommuTree(bare).Hosts.Single().Path;
        var vendor = bare
            .WithProperty(host, DeviceTreeProperty.FromCells("iommu-map", 0, StandIn.Phandle, 0, 0x8000))
            .WithProperty(host, DeviceTreeProperty.FromCells("iommu-map-mask", 0xff00));
        var machine = new LabMachine(LabIommu.StandIn, KnownTopologies.Ten, vendor, "the vendor's tree")
        {
            // all but one card stay with the driver of the host, as on a machine that is in use
            LeavesDrivers = true,
            After = string.Concat(((string[])["0000:00:00.0", Target]).Select(device =>
                $"d=/sys/bus/pci/devices/{device}\n[ -e $d/driver ] && echo {device} > $d/driver/unbind\necho vfio-pci > "
                + $"$d/driver_override\necho {device} > /sys/bus/pci/drivers_probe\n"))
                + $"g=$(readlink /sys/bus/pci/devices/{Target}/iommu_group)\nvfio-status /dev/vfio/${{g##*/}}\n",
            Files = [await VfioStatus.CompileAsync()],
        };

        var before = await _lab.BootAsync(LabKernels.Ours, machine);
        GroupCount(before).ShouldBe(1);
        before.Groups.Count(device => device.Group is not null).ShouldBe(10);
        before.Console.ShouldContain("VFIO not viable");
        GroupComparison.Of(before).Differences.ShouldBeEmpty();
        Viability(before).IsViable.ShouldBe(false);
        Viability(before).Blockers.ShouldContain("0000:02:00.0 (bound to e1000e)");

        var fix = Fixes(before, Target).First(fix => fix.Verdict == FixVerdict.EnforcedByHardware);
        fix.Name.ShouldBe("iommu-map-mask");
        var changed = await _lab.BootAsync(LabKernels.Ours, machine with { Tree = await ApplyAsync(vendor, fix) });

        GroupCount(changed).ShouldBe(5);
        changed.Console.ShouldContain("VFIO is viable");
        Viability(changed).IsViable.ShouldBe(true);
        GroupComparison.Of(changed).Prediction.Partition.ShouldBe(fix.After.Partition);
        GroupComparison.Of(changed).Differences.ShouldBeEmpty();
    }

    [Fact]
    public async Task Eleven_groups_become_twenty_by_the_command_line_that_cure_proposes()
    {
        build.Result.ExitCode.ShouldBe(0);
        var machine = new LabMachine(LabIommu.SmmuV3, KnownTopologies.Thirty, await Lab.TreeAsync(LabIommu.SmmuV3), "30 functions");
        var before = await _lab.BootAsync(LabKernels.Debian("6.12"), machine);
        GroupCount(before).ShouldBe(11);
        before.Capture.Functions.Length.ShouldBe(30);

        var fix = Fixes(before, device: null).Single(fix => fix.Name == "config_acs");
        var changed = await _lab.BootAsync(
            LabKernels.Debian("6.12"), machine with { CommandLine = $"{machine.CommandLine} {fix.Artifacts.Single().Text}" });

        GroupCount(changed).ShouldBe(20);
        GroupComparison.Of(changed).Differences.ShouldBeEmpty();
        GroupComparison.Of(changed).Prediction.Partition.ShouldBe(fix.After.Partition);
    }

    [Theory]
    [InlineData("rescan", 20)]
    [InlineData("setpci", 15)]
    [InlineData("bridges-unmapped", 0)]
    public async Task What_cure_proposes_on_6_1_gives_the_groups_it_promises(string name, int groups)
    {
        build.Result.ExitCode.ShouldBe(0);
        var machine = new LabMachine(LabIommu.SmmuV3, KnownTopologies.Thirty, await Lab.TreeAsync(LabIommu.SmmuV3), "30 functions");
        var before = await _lab.BootAsync(LabKernels.Debian("6.1"), machine);
        GroupCount(before).ShouldBe(11);

        var fix = Fixes(before, name == "bridges-unmapped" ? Target : null).Single(fix => fix.Name == name);
        var changed = await _lab.BootAsync(
            LabKernels.Debian("6.1"),
            fix.Tree is null
                ? machine with { Before = Setpci + fix.Artifacts.Single().Text }
                : machine with { Tree = await ApplyAsync(machine.Tree, fix) });

        GroupPartition.Of(changed.Groups).ShouldBe(fix.After.Partition);
        if (groups > 0)
        {
            GroupCount(changed).ShouldBe(groups);
        }
    }

    /// <summary>
    /// Why the rescan removes all bridges: with one of them gone, the card of another is found a second time under its number.
    /// </summary>
    [Fact]
    public async Task A_rescan_after_one_port_was_removed_gives_its_bus_to_another_port()
    {
        build.Result.ExitCode.ShouldBe(0);
        var machine = new LabMachine(LabIommu.SmmuV3, KnownTopologies.Thirty, await Lab.TreeAsync(LabIommu.SmmuV3), "30 functions")
        {
            Before =
                $"echo 1 > /sys/bus/pci/devices/0000:00:01.0/remove\necho 1 > /sys/bus/pci/rescan\necho FOUND $(readlink -f "
                + $"/sys/bus/pci/devices/{Target})\n",
        };

        var report = await _lab.BootAsync(LabKernels.Debian("6.1"), machine);

        report.Console.ShouldContain(line =>
            line.StartsWith("FOUND ", StringComparison.Ordinal) && line.EndsWith("/0000:00:02.0/" + Target, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_quirk_patched_into_a_stock_kernel_makes_24_groups_of_11()
    {
        build.Result.ExitCode.ShouldBe(0);
        var stock = LabKernels.Debian("6.1");
        var machine = new LabMachine(LabIommu.SmmuV3, KnownTopologies.Thirty, await Lab.TreeAsync(LabIommu.SmmuV3), "30 functions");
        var image = Open(stock.Image);
        var quirk = IsolationQuirkPatch.For(image, RecoveredTables.Of(image), vendor: 0x1b36, device: 0x000c);
        byte[] patched = ImagePatcher.Apply(image.Bytes.Span, [quirk.Patch]);

        var report = await _lab.BootAsync(stock with { Image = patched }, machine);

        // the prediction knows the quirks of that very kernel: read out of it again
        var quirks = RecoveredTables
            .Of(Open(patched)).IsolationQuirks
            .Select(entry => new IsolationQuirk(entry.Vendor, entry.Device, entry.Handler));
        GroupCount(report).ShouldBe(24);
        GroupComparison
            .Of(report, new PredictionOptions { KernelQuirks = new IsolationQuirkTable([.. quirks]) }).Differences
            .ShouldBeEmpty();
    }

    private static KernelImage Open(ReadOnlyMemory<byte> file) =>
        KernelFile.TryRead(file, out var kernel, out var error) ? kernel.Open() : throw new DiagnosticException(error);

    private static int GroupCount(LabReport report) =>
        report.Groups.Select(device => device.Group).Distinct().Count(group => group is not null);

    private static ImmutableArray<GroupFix> Fixes(LabReport report, string? device) => FixFinder.Find(
        new IommuTree(DeviceTree.Read(report.Capture.DeviceTree)), report.Capture.ToTopology(),
        new PredictionOptions { Kernel = report.Kernel }, device);

    private static GroupViability Viability(LabReport report) => GroupViability.Of(
        GroupComparison.Of(report).Prediction, Target, new IommuTree(DeviceTree.Read(report.Capture.DeviceTree)),
        new PredictionOptions { Kernel = report.Kernel })!;

    /// <summary>The overlay of a fix through dtc and fdtoverlay.</summary>
    private async Task<DeviceTree> ApplyAsync(DeviceTree tree, GroupFix fix)
    {
        string PathOf(string name) => Path.Combine(_folder, name);
        await File.WriteAllBytesAsync(PathOf("board.dtb"), tree.ToArray());
        await File.WriteAllTextAsync(PathOf("fix.dtso"), fix.Artifacts.Single(artifact => artifact.Kind == "overlay").Text);
        await new Command("dtc")
            .WithArguments("-@", "-O", "dtb", "-o", "fix.dtbo", "fix.dtso")
            .In(_folder)
            .RunAsync(CancellationToken.None);
        await new Command("fdtoverlay")
            .WithArguments("-i", "board.dtb", "-o", "changed.dtb", "fix.dtbo")
            .In(_folder)
            .RunAsync(CancellationToken.None);
        return DeviceTree.Read(await File.ReadAllBytesAsync(PathOf("changed.dtb")));
    }
}
