using System.Collections.Immutable;
using KernelBuild.Device;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Reporting;
using KernelBuild.Manifest;

namespace KernelBuild.Flashing;

/// <summary>Boots boot.img on a device from memory: after the next restart the device is what it was.</summary>
/// <param name="device">The project.</param>
/// <param name="build">What is booted.</param>
/// <param name="options">What the user said.</param>
/// <param name="clock">For the wait.</param>
/// <param name="log">Where it says what it does.</param>
public sealed class MemoryBoot(DeviceBuild device, FinishedBuild build, FlashOptions options, TimeProvider clock, IBuildLog log)
{
    /// <returns>The command, which was run with <see cref="FlashOptions.Yes"/> and else only printed.</returns>
    /// <exception cref="DiagnosticException">
    /// KB9009 without a build; KB9020 to KB9023 and KB9026 for the device; those of the image; KB9028 when it does not boot from memory, KB9048
    /// when it is too large for that, KB9032 when the kernel does not come up.
    /// </exception>
    public async Task<ImmutableArray<string>> RunAsync(CancellationToken cancellationToken)
    {
        if (options.Slot is not null || options.NoBackup)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.UsageInvalid, "--slot and --no-backup have no effect on Boot, which writes nothing", "leave them out"));
        }

        var image = FlashImages.Of(device, build).First(one => one.Partition == "boot");
        var fastboot = await new DeviceFinder(options.Timing).FastbootAsync(options.Serial, cancellationToken);
        var variables = await new DeviceSession(fastboot, log).ReadVariablesAsync(FlashPlanner.NeededVariables([]), cancellationToken);

        // no partition is written, so that neither its size nor a backup of it matters
        var plan = new FlashPlanner(device, variables, options with { NoBackup = true }, null, _ => null).Plan([]);
        var size = FlashPlanner.TooLargeForMemory(image.File, variables);
        FlashTarget[] target = [new(image, "boot", null, BackupSource.None, null)];
        var before = new Dictionary<string, string>(StringComparer.Ordinal);
        if (image.Stock is not null)
        {
            before["boot"] = image.Stock;
        }

        Diagnostic[] findings =
        [
            .. plan.Findings, .. new[] { size }.OfType<Diagnostic>(), .. FlashImageCheck.Check(target, before, variables.IsUnlocked == false),
        ];
        if (findings.Any(finding => finding.Severity == DiagnosticSeverity.Error))
        {
            throw new DiagnosticException(findings);
        }

        foreach (var finding in findings)
        {
            log.Report(finding);
        }

        if (options.Yes)
        {
            await BootAsync(fastboot, image, variables, cancellationToken);
        }

        return [fastboot.TextOf("boot", image.File.Path)];
    }

    private async Task BootAsync(Fastboot fastboot, FlashImage image, FastbootVariables variables, CancellationToken cancellationToken)
    {
        var system = new BootedSystem(fastboot, options, build.Kernel, variables.SerialNumber, clock, log);
        if (!options.NoTrial)
        {
            await system.RememberOthersAsync(cancellationToken);
        }

        log.Status(fastboot.TextOf("boot", image.File.Path));
        if (await fastboot.BootAsync(image.File.Path, cancellationToken) is { } refusal)
        {
            throw DeviceErrors.Refused(fastboot.TextOf("boot", image.File.Path), refusal);
        }

        if (!options.NoTrial)
        {
            await system.WaitAsync(cancellationToken);
        }
    }
}
