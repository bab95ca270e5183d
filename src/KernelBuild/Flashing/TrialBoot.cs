using KernelBuild.Diagnostics;
using KernelBuild.Host.Reporting;
using KernelBuild.Manifest;

namespace KernelBuild.Flashing;

/// <summary>
/// Boots boot.img from memory and waits until the system runs on it: a kernel that does not boot is found out before anything is written.
/// A bootloader that does not take the command is no hindrance, and neither is one that boots it without adb being reachable: that is said.
/// </summary>
internal sealed class TrialBoot(Fastboot fastboot, FlashOptions options, KernelIdentity kernel, TimeProvider clock, IBuildLog log)
{
    /// <returns>The journal with the outcome; the device is in its bootloader again.</returns>
    /// <exception cref="DiagnosticException">KB9032: the kernel did not come up. KB9027.</exception>
    public async Task<FlashJournal> RunAsync(FlashJournal journal, FlashImage image, CancellationToken cancellationToken)
    {
        var entry = new JournalEntry(JournalAction.Boot, JournalState.Begun)
        {
            File = image.File.Path, Sha256 = image.File.Sha256, Size = image.File.Size, Time = clock.GetUtcNow().UtcDateTime,
        };
        journal = journal.With(entry);
        log.Status(fastboot.TextOf("boot", image.File.Path));
        if (await fastboot.BootAsync(image.File.Path, cancellationToken) is { } refusal)
        {
            log.Status($"the bootloader does not boot from memory ({refusal}): the kernel is flashed untried");
            return journal.With(entry with { State = JournalState.Refused, Detail = refusal });
        }

        log.Status($"waiting for the system, at most {options.Timing.Boot.TotalSeconds:0} s");
        var adb = await WaitForSystemAsync(cancellationToken);
        var running = await DeviceIdentity.ReadAsync(adb, cancellationToken);
        if (running.Kernel.Banner.Length > 0 && kernel.Banner.Length > 0 && running.Kernel.Banner != kernel.Banner)
        {
            throw Failed($"it boots another kernel: {running.Kernel.Banner}");
        }

        log.Status($"it boots: {(running.Kernel.Banner.Length > 0 ? running.Kernel.Banner : "the kernel does not tell its banner")}");
        await adb.RebootToBootloaderAsync(cancellationToken);
        await UntilAsync(token => fastboot.IsThereAsync(token), cancellationToken);
        return journal.With(entry with { State = JournalState.Done });
    }

    private async Task<Adb> WaitForSystemAsync(CancellationToken cancellationToken)
    {
        var finder = new DeviceFinder(options.Timing);
        var serial = options.AdbSerial ?? (DeviceFinder.IsAddress(fastboot.Serial) ? null : fastboot.Serial);
        Adb? found = null;
        var waits = 0;
        if (!await UntilAsync(
            async token =>
            {
                found = await TryAsync(() => finder.AdbAsync(serial, token));

                // in its bootloader again without having been told to: it has reset
                return found is not null || (++waits > 1 && await fastboot.IsThereAsync(token));
            },
            cancellationToken))
        {
            throw Failed("it answers neither at adb nor at fastboot");
        }

        return found ?? throw Failed("the device is back in its bootloader");
    }

    private static async Task<Adb?> TryAsync(Func<Task<Adb>> find)
    {
        try
        {
            return await find();
        }
        catch (DiagnosticException e) when (e.Diagnostics is [{ Code: DiagnosticCodes.DeviceNotFound or DiagnosticCodes.DeviceLost }])
        {
            return null;
        }
    }

    private async Task<bool> UntilAsync(Func<CancellationToken, Task<bool>> holds, CancellationToken cancellationToken)
    {
        var end = clock.GetTimestamp();
        while (clock.GetElapsedTime(end) < options.Timing.Boot)
        {
            if (await holds(cancellationToken))
            {
                return true;
            }

            await Task.Delay(options.Timing.Poll, cancellationToken);
        }

        return false;
    }

    private static DiagnosticException Failed(string what) => new(Diagnostic.Error(
        DiagnosticCodes.TrialBootFailed, $"booted from memory, the kernel did not come up: {what}; nothing was written",
        "restart the device with its keys: it still has what it had. Where adb cannot be reached at all, --no-trial leaves this out; "
        + "--adb-serial names the device at adb"));
}
