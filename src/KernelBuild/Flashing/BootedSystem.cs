using System.Collections.Immutable;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Reporting;
using KernelBuild.Manifest;

namespace KernelBuild.Flashing;

/// <summary>The system of a device that was booted from memory: waits until it answers at adb, with the kernel that was booted.</summary>
/// <param name="fastboot">The device in its bootloader.</param>
/// <param name="kernel">What was booted.</param>
/// <param name="serialNumber">Of the device, as its bootloader tells it; empty when it tells none.</param>
internal sealed class BootedSystem(
    Fastboot fastboot, FlashOptions options, KernelIdentity kernel, string serialNumber, TimeProvider clock, IBuildLog log)
{
    private ImmutableArray<string> _others = [];

    /// <summary>
    /// Notes what is at adb while the device is in its bootloader: where no serial says which one is meant, none of them is.
    /// </summary>
    public async Task RememberOthersAsync(CancellationToken cancellationToken) =>
        _others = [.. (await Adb.ListAsync(options.Timing, cancellationToken)).Select(device => device.Serial)];

    /// <exception cref="DiagnosticException">KB9032: it did not come up, or another kernel runs. KB9027.</exception>
    public async Task<Adb> WaitAsync(CancellationToken cancellationToken)
    {
        log.Status($"waiting for the system, at most {options.Timing.Boot.TotalSeconds:0} s");
        Adb? found = null;
        var waits = 0;
        if (!await UntilAsync(
            async token =>
            {
                found = await FindAsync(token);

                // in its bootloader again without having been told to: it has reset
                return found is not null || (++waits > 1 && await fastboot.IsThereAsync(token));
            },
            cancellationToken))
        {
            throw Failed("it answers neither at adb nor at fastboot");
        }

        var adb = found ?? throw Failed("the device is back in its bootloader");
        var running = await DeviceIdentity.ReadAsync(adb, cancellationToken);
        if (running.SerialNumber.Length > 0 && serialNumber.Length > 0 && running.SerialNumber != serialNumber)
        {
            throw Failed($"the device at adb is another one: {running.SerialNumber} instead of {serialNumber}");
        }

        if (running.Kernel.Banner.Length > 0 && kernel.Banner.Length > 0 && running.Kernel.Banner != kernel.Banner)
        {
            throw Failed($"it boots another kernel: {running.Kernel.Banner}");
        }

        log.Status($"it boots: {(running.Kernel.Banner.Length > 0 ? running.Kernel.Banner : "the kernel does not tell its banner")}");
        return adb;
    }

    /// <summary>False when it did not come true within the time that a device may take to boot.</summary>
    public async Task<bool> UntilAsync(Func<CancellationToken, Task<bool>> holds, CancellationToken cancellationToken)
    {
        var start = clock.GetTimestamp();
        while (clock.GetElapsedTime(start) < options.Timing.Boot)
        {
            if (await holds(cancellationToken))
            {
                return true;
            }

            await Task.Delay(options.Timing.Poll, cancellationToken);
        }

        return false;
    }

    private async Task<Adb?> FindAsync(CancellationToken cancellationToken)
    {
        var serial = options.AdbSerial ?? (DeviceFinder.IsAddress(fastboot.Serial) ? null : fastboot.Serial);
        try
        {
            if (serial is null)
            {
                var arrived = (await Adb.ListAsync(options.Timing, cancellationToken))
                    .Where(device => device.HasShell && !_others.Contains(device.Serial)).ToArray();
                serial = arrived.Length == 1 ? arrived[0].Serial : null;
            }

            return serial is null ? null : await new DeviceFinder(options.Timing).AdbAsync(serial, cancellationToken);
        }
        catch (DiagnosticException e) when (e.Diagnostics is [{ Code: DiagnosticCodes.DeviceNotFound or DiagnosticCodes.DeviceLost }])
        {
            return null;
        }
    }

    private static DiagnosticException Failed(string what) => new(Diagnostic.Error(
        DiagnosticCodes.TrialBootFailed, $"booted from memory, the kernel did not come up: {what}; nothing was written",
        "restart the device with its keys: it still has what it had. Where adb cannot be reached at all, --no-trial leaves this out; "
        + "--adb-serial names the device at adb"));
}
