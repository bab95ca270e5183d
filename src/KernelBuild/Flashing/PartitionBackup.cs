using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;
using KernelBuild.Host.Reporting;

namespace KernelBuild.Flashing;

/// <summary>Saves partitions into a session before they are written.</summary>
internal sealed class PartitionBackup(Fastboot fastboot, TimeProvider clock, IBuildLog log)
{
    /// <summary>The journal with the partition saved, or with the note that it is not, because the user said so.</summary>
    /// <exception cref="DiagnosticException">KB9027, KB9028, KB9030, KB9012.</exception>
    public async Task<FlashJournal> SaveAsync(FlashJournal journal, FlashTarget target, CancellationToken cancellationToken)
    {
        if (journal.SavedOf(target.Partition) is not null)
        {
            return journal;
        }

        var entry = new JournalEntry(JournalAction.Save, JournalState.Done)
        {
            Partition = target.Partition,
            Detail = target.Backup.ToString().ToLowerInvariant(),
            Time = clock.GetUtcNow().UtcDateTime,
        };
        if (target.Backup == BackupSource.None)
        {
            return journal.With(entry);
        }

        var name = target.Partition + ".img";
        var file = Path.Combine(journal.Folder, name);
        var partial = file + ".partial";
        File.Delete(partial);
        if (target.Backup != BackupSource.Device)
        {
            CopyFile(target, partial);
        }
        else if (await TryFetchAsync(target, partial, cancellationToken) is { } refusal)
        {
            entry = entry with { Detail = "refused: " + refusal };
            if (target.BackupFile is null)
            {
                return target.MayBeLost ? journal.With(entry) : throw Impossible(target, refusal);
            }

            log.Status($"{target.Partition} is not given out ({refusal}): saved from {target.BackupFile}");
            CopyFile(target, partial);
        }

        var digest = await Sha256Digest.OfFileAsync(partial, cancellationToken);
        var size = new FileInfo(partial).Length;

        // the journal has no entry for a file of that name, so that it is a leaving of a run that was ended: not the only copy of anything
        File.Move(partial, file, overwrite: true);
        log.Status($"saved {target.Partition}: {file}, {size} bytes, SHA-256 {digest}");
        return journal.With(entry with { File = name, Sha256 = digest, Size = size });
    }

    /// <returns>What the device said when it refused.</returns>
    private async Task<string?> TryFetchAsync(FlashTarget target, string partial, CancellationToken cancellationToken)
    {
        log.Status(fastboot.TextOf("fetch", target.Partition, partial));
        var refusal = await fastboot.TryFetchAsync(target.Partition, partial, target.Size!.Value, cancellationToken);
        if (refusal is null && new FileInfo(partial).Length is var length && length != target.Size)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.BackupDamaged, $"{target.Partition} has {target.Size} bytes, and the device gave {length} of them",
                "run the same again; nothing was written to the device"));
        }

        return refusal;
    }

    private static DiagnosticException Impossible(FlashTarget target, string refusal) => new(Diagnostic.Error(
        DiagnosticCodes.BackupImpossible,
        $"{target.Partition} cannot be saved: the bootloader does not give it out ({refusal}), and the project names no stock image of it",
        "./nuke.sh PullStock with the device running and rooted, or name the stock image in the project; or --no-backup, which cannot be "
        + "taken back"));

    /// <summary>
    /// Up to the partition's end with zeros: an image that is written meanwhile may be longer, and its AVB footer, at the partition's end,
    /// would else survive the way back.
    /// </summary>
    private static void CopyFile(FlashTarget target, string partial)
    {
        using (var stock = OpenStock(target.BackupFile!))
        using (var output = File.Create(partial))
        {
            stock.CopyTo(output);
            if (target.Size is { } size && size > output.Length)
            {
                output.SetLength(size);
            }

            output.Flush(flushToDisk: true);
        }
    }

    private static FileStream OpenStock(string path)
    {
        try
        {
            return File.OpenRead(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DiagnosticException(
                Diagnostic.Error(
                    DiagnosticCodes.FileUnreadable, "the image that the partition holds cannot be read",
                    "correct its name in the device project") with
                { File = path },
                e);
        }
    }
}
