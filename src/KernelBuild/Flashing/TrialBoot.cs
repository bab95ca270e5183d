using KernelBuild.Diagnostics;
using KernelBuild.Host.Reporting;

namespace KernelBuild.Flashing;

/// <summary>
/// Boots boot.img from memory and waits until the system runs on it: a kernel that does not boot is found out before anything is written.
/// A bootloader that does not take the command is no hindrance, and neither is one that boots it without adb being reachable: that is said.
/// </summary>
internal sealed class TrialBoot(Fastboot fastboot, BootedSystem system, TimeProvider clock, IBuildLog log)
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
        await system.RememberOthersAsync(cancellationToken);
        log.Status(fastboot.TextOf("boot", image.File.Path));
        if (await fastboot.BootAsync(image.File.Path, cancellationToken) is { } refusal)
        {
            log.Status($"the bootloader does not boot from memory ({refusal}): the kernel is flashed untried");
            return journal.With(entry with { State = JournalState.Refused, Detail = refusal });
        }

        var adb = await system.WaitAsync(cancellationToken);
        await adb.RebootToBootloaderAsync(cancellationToken);
        await system.UntilAsync(fastboot.IsThereAsync, cancellationToken);
        return journal.With(entry with { State = JournalState.Done });
    }
}
