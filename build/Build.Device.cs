using KernelBuild.Build;
using KernelBuild.Device;
using KernelBuild.Diagnostics;
using KernelBuild.Flashing;
using KernelBuild.Host.Files;
using KernelBuild.Iommu.Capturing;
using KernelBuild.Manifest;
using Nuke.Common;
using Nuke.Common.IO;
using Nuke.Common.Utilities.Collections;
using Serilog;
using HostPrerequisites = KernelBuild.Host.Prerequisites.Prerequisites;

/// <summary>The targets that talk to a device.</summary>
internal sealed partial class Build
{
    [Parameter("Flash, Boot, Rollback, PullStock, Capture, CheckDevice: which device, as fastboot devices or adb devices has it")]
    private readonly string? Serial;

    [Parameter("Which device at adb, where its serial there is another one than in its bootloader")]
    private readonly string? AdbSerial;

    [Parameter("Flash: the slot to write, a or b, by default the one that does not run; CheckDevice: the slot that should run")]
    private readonly string? Slot;

    [Parameter("Flash, Boot, Rollback: do it; without it the commands are printed and nothing is sent")]
    private readonly bool Yes;

    [Parameter("Flash: also write partitions that cannot be saved, and so cannot be restored")]
    private readonly bool NoBackup;

    [Parameter("Flash: do not boot the kernel from memory first; Boot: do not wait for the system that was booted")]
    private readonly bool NoTrial;

    [Parameter("Capture, CheckDevice: [USER@]HOST, over ssh instead of adb")]
    private readonly string? Ssh;

    /// <summary>
    /// Only on the command line: a parameter can come from the environment, and a variable YES that somebody exports must write no device.
    /// </summary>
    private bool IsConfirmed => Yes && Environment.GetCommandLineArgs()
        .Any(argument => argument.StartsWith('-') && argument.TrimStart('-').Equals("yes", StringComparison.OrdinalIgnoreCase));

    private FlashOptions FlashOptions => new()
    {
        Yes = IsConfirmed, Serial = Serial, AdbSerial = AdbSerial, Slot = Slot, NoBackup = NoBackup, NoTrial = NoTrial,
    };

    private string ProjectFile => new DeviceCatalog(RootDirectory).Find(OneDevice);

    private Target Flash => _ => _
        .Description("Writes the build to the device's other slot, after saving what is there; prints the commands until --yes")
        .DependsOn(BuildKernel)
        .Requires(() => Device)
        .Executes(() => RunAsync(async () =>
        {
            using var display = await DeviceDisplayAsync();
            var device = Project.Evaluated;
            var commands = await new FlashRun(device, FinishedBuild.Load(device.Folders), FlashOptions, TimeProvider.System, display)
                .RunAsync(_interrupted.Token);
            Show(commands, $"./nuke.sh Flash --device {OneDevice}");
        }));

    private Target Boot => _ => _
        .Description("Boots boot.img on the device from memory, without writing anything; prints the command until --yes")
        .DependsOn(BuildKernel)
        .Requires(() => Device)
        .Executes(() => RunAsync(async () =>
        {
            using var display = await DeviceDisplayAsync();
            var device = Project.Evaluated;
            var commands = await new MemoryBoot(device, FinishedBuild.Load(device.Folders), FlashOptions, TimeProvider.System, display)
                .RunAsync(_interrupted.Token);
            Show(commands, $"./nuke.sh Boot --device {OneDevice}");
        }));

    private Target Rollback => _ => _
        .Description("Takes the last flash of the device back, from the backups; prints the commands until --yes")
        .Requires(() => Device)
        .Executes(() => RunAsync(async () =>
        {
            using var display = await DeviceDisplayAsync();
            var commands = await new RollbackRun(BackupFolder.Of(ProjectFile), OneDevice, FlashOptions, TimeProvider.System, display)
                .RunAsync(_interrupted.Token);
            Show(commands, $"./nuke.sh Rollback --device {OneDevice}");
        }));

    private Target PullStock => _ => _
        .Description("Reads the boot partitions off the device, running and rooted or in its bootloader: kernels/DEVICE/backup/…")
        .Requires(() => Device)
        .Executes(() => RunAsync(async () =>
        {
            var project = ProjectFile;
            using var display = await DeviceDisplayAsync();
            var (bootloader, adb) = await new DeviceFinder(new DeviceTiming()).EitherAsync(Serial, AdbSerial, _interrupted.Token);
            var backups = BackupFolder.Of(project);
            var pulled = bootloader is not null
                ? await new BootloaderPull(bootloader, backups, TimeProvider.System, display).RunAsync(_interrupted.Token)
                : await new StockPull(adb!, backups, TimeProvider.System, display).RunAsync(_interrupted.Token);
            display.Dispose();
            Log.Information("{Folder}", pulled.Folder);
            Log.Information("in the project, for a kernel in the place of the device's own:");
            foreach (var property in StockPull.Properties(pulled, project))
            {
                Log.Information("  {Property}", property);
            }

            ReportSummary(_ => _.AddPair("Partitions", pulled.Partitions.Length.ToString()));
        }));

    private Target Capture => _ => _
        .Description("Captures what IOMMU groups depend on from the running device: kernels/DEVICE/DEVICE.capture")
        .Requires(() => Device)
        .Executes(() => RunAsync(async () =>
        {
            using var display = await DeviceDisplayAsync();
            var file = Path.Combine(Path.GetDirectoryName(ProjectFile)!, OneDevice + ".capture");
            var capture = await CaptureDeviceAsync(file, display);
            display.Dispose();
            Log.Information("{File}: {Functions} PCI functions, {Devices} devices of the platform, Linux {Kernel}",
                file, capture.Functions.Length, capture.Platform.Length, capture.Kernel);
        }));

    private Target CheckDevice => _ => _
        .Description("Compares kernel and IOMMU groups of the running device with the build and with the prediction")
        .Requires(() => Device)
        .Executes(() => RunAsync(async () =>
        {
            using var display = await DeviceDisplayAsync();
            var project = ProjectFile;
            var folders = new DeviceFolders(RootDirectory, WithoutPatches ? OneDevice + DeviceFolders.WithoutPatches : OneDevice);
            var build = FinishedBuild.Load(folders);
            var capture = await CaptureDeviceAsync(Path.Combine(folders.Artifacts, "device-check", "machine.capture"), display);
            var findings = await new DeviceCheckRun(await ShellAsync(), BackupFolder.Of(project), display)
            {
                Slot = Slot, ExpectedGroups = ExpectedDeviceGroups.FileOf(project, WithoutPatches), Functions = [.. Function ?? []],
            }.RunAsync(build.Kernel, capture, _interrupted.Token);
            display.Dispose();
            foreach (var finding in findings)
            {
                Findings.Report(finding);
            }
        }));

    private string? SerialAtAdb => AdbSerial ?? Serial;

    private async Task<IDeviceShell> ShellAsync() => Ssh is not null
        ? new SshHost(Ssh, new DeviceTiming())
        : await new DeviceFinder(new DeviceTiming()).AdbAsync(SerialAtAdb, _interrupted.Token);

    private async Task<ProgressDisplay> DeviceDisplayAsync()
    {
        var display = new ProgressDisplay();
        var wanted = Ssh is null ? HostPrerequisites.ForDevice : HostPrerequisites.ForSsh;
        await HostPrerequisites.EnsureAsync(wanted, Options, display, _interrupted.Token);
        return display;
    }

    private async Task<Capture> CaptureDeviceAsync(string file, ProgressDisplay display)
    {
        if (Ssh is not null && SerialAtAdb is not null)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.UsageInvalid, "--serial names a device at adb, and --ssh a machine elsewhere", "give one of the two"));
        }

        var shell = Ssh is not null
            ? CaptureShell.Ssh(Ssh)
            : CaptureShell.Adb((await new DeviceFinder(new DeviceTiming()).AdbAsync(SerialAtAdb, _interrupted.Token)).Serial);
        OutputFile.MakeFolder(Path.GetDirectoryName(file)!);
        if (!new LiveCapture(shell).TryRead(file + ".partial", out var capture, out var error))
        {
            throw new DiagnosticException(error);
        }

        foreach (var missing in CaptureReader.Check(capture))
        {
            display.Report(missing);
        }

        OutputFile.Write(file, CaptureFile.Write(capture));
        return capture;
    }

    private void Show(IReadOnlyCollection<string> commands, string target)
    {
        if (IsConfirmed)
        {
            ReportSummary(_ => _.AddPair("Commands", commands.Count.ToString()));
            return;
        }

        Log.Information("nothing was sent to the device; these are the commands, and --yes runs them:");
        foreach (var command in commands)
        {
            Log.Information("  {Command}", command);
        }

        Log.Information("{Target} --yes", target);
        ReportSummary(_ => _.AddPair("Dry run", $"{commands.Count} commands"));
    }
}
