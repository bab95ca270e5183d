using System.Collections.Immutable;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;
using KernelBuild.Host.Reporting;

namespace KernelBuild.Flashing;

/// <summary>
/// Takes the last flash of a device back: writes every backup of its session to its partition, the last one flashed first, and sets the
/// slot
/// active that was active before. What a cut left half written is written anew; what is restored already is not done twice.
/// </summary>
/// <param name="backups">Of the project.</param>
/// <param name="deviceName">The project's name, for messages.</param>
public sealed class RollbackRun(BackupFolder backups, string deviceName, FlashOptions options, TimeProvider clock, IBuildLog log)
{
    /// <returns>The commands, which were run with <see cref="FlashOptions.Yes"/>; none when there is nothing to take back.</returns>
    /// <exception cref="DiagnosticException">
    /// KB9020 to KB9022 and KB9026 for the device, KB9029 without a journal of it, KB9025 and KB9030 for backups, KB9027 and KB9028 when it
    /// broke off.
    /// </exception>
    public async Task<ImmutableArray<string>> RunAsync(CancellationToken cancellationToken)
    {
        var fastboot = await new DeviceFinder(options.Timing).FastbootAsync(options.Serial, cancellationToken);
        var session = new DeviceSession(fastboot, log);
        var variables = await session.ReadVariablesAsync(FlashPlanner.NeededVariables([]), cancellationToken);
        var hindrances = FlashPlanner.CheckState(variables).Where(finding => finding.Severity == DiagnosticSeverity.Error).ToArray();
        if (hindrances.Length > 0)
        {
            throw new DiagnosticException(hindrances);
        }

        var sessions = backups.SessionsOf(variables.Product ?? "", variables.SerialNumber);
        if (sessions.LastOrDefault(one => !one.IsRolledBack) is not { } journal)
        {
            throw NoJournal(variables, sessions.Count > 0);
        }

        var partitions = journal.Touched.Reverse().ToArray();
        RequireBackups(journal, partitions);
        ImmutableArray<string> commands = [.. Commands(journal, partitions, fastboot)];
        if (options.Yes)
        {
            await ApplyAsync(journal, partitions, fastboot, session, variables, cancellationToken);
            if (sessions.Any(one => !one.IsRolledBack && one.Folder != journal.Folder))
            {
                log.Status($"an earlier flash of this device can be taken back, too: ./nuke.sh Rollback --device {deviceName}");
            }
        }

        return commands;
    }

    private static IEnumerable<string> Commands(FlashJournal journal, IEnumerable<string> partitions, Fastboot fastboot)
    {
        foreach (var partition in partitions)
        {
            yield return fastboot.TextOf("flash", partition, FileOf(journal, partition));
        }

        if (journal is { HasSetActive: true, Header.FormerSlot: { } slot })
        {
            yield return fastboot.TextOf("set_active", slot);
        }

        yield return fastboot.TextOf("reboot");
    }

    private async Task ApplyAsync(
        FlashJournal journal, IEnumerable<string> partitions, Fastboot fastboot, DeviceSession session, FastbootVariables variables,
        CancellationToken cancellationToken)
    {
        foreach (var partition in partitions)
        {
            // sizes are asked for here: whether the partition can be read back depends on them
            var size = variables.SizeOf(partition) is null
                ? await fastboot.ReadVariableAsync("partition-size:" + partition, cancellationToken)
                : null;
            variables = variables.With("partition-size:" + partition, size);
            var saved = journal.SavedOf(partition)!;
            var entry = Entry(JournalAction.Restore) with
            {
                Partition = partition, File = saved.File, Sha256 = saved.Sha256, Size = saved.Size,
            };
            journal = journal.With(entry);
            await session.FlashAsync(partition, FileOf(journal, partition), variables, cancellationToken);
            journal = journal.With(entry with { State = JournalState.Done });
        }

        if (journal is { HasSetActive: true, Header.FormerSlot: { } slot })
        {
            var entry = Entry(JournalAction.SetActive) with { Slot = slot };
            journal = journal.With(entry);
            log.Status(fastboot.TextOf("set_active", slot));
            await fastboot.SetActiveAsync(slot, cancellationToken);
            journal = journal.With(entry with { State = JournalState.Done });
        }

        journal.With(Entry(JournalAction.RollBack) with { State = JournalState.Done });
        log.Status(fastboot.TextOf("reboot"));
        await fastboot.RebootAsync(cancellationToken);
    }

    /// <summary>All of them, before the first is written.</summary>
    private static void RequireBackups(FlashJournal journal, IEnumerable<string> partitions)
    {
        var findings = partitions.Select(partition => Missing(journal, partition)).OfType<Diagnostic>().ToArray();
        if (findings.Length > 0)
        {
            throw new DiagnosticException(findings);
        }
    }

    private static Diagnostic? Missing(FlashJournal journal, string partition)
    {
        if (journal.SavedOf(partition) is not { File: not null } saved)
        {
            return Diagnostic.Error(
                DiagnosticCodes.BackupImpossible, $"{partition} was written without a backup (--no-backup), and cannot be taken back",
                $"flash the image of the device's maker: fastboot flash {partition} FILE");
        }

        var file = FileOf(journal, partition);
        return File.Exists(file) && Sha256Digest.OfFile(file) == saved.Sha256 ? null : Diagnostic.Error(
            DiagnosticCodes.BackupDamaged, $"the backup of {partition} is not what was saved: expected SHA-256 {saved.Sha256}",
            $"put the file back, or flash the image of the device's maker: fastboot flash {partition} FILE") with
        { File = file };
    }

    private static string FileOf(FlashJournal journal, string partition) =>
        Path.Combine(journal.Folder, journal.SavedOf(partition)?.File ?? partition + ".img");

    private JournalEntry Entry(JournalAction action) => new(action, JournalState.Begun) { Time = clock.GetUtcNow().UtcDateTime };

    private DiagnosticException NoJournal(FastbootVariables variables, bool hadSessions) => new(Diagnostic.Error(
        DiagnosticCodes.JournalInvalid,
        hadSessions
            ? $"every flash of {variables.Product} {variables.SerialNumber} has been taken back already"
            : $"nothing was flashed to {variables.Product} {variables.SerialNumber} from this project: there is no journal of it",
        $"journals are below {backups.Path}; fastboot flash PARTITION FILE writes any backup back") with
    { File = backups.Path });
}
