using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;

namespace KernelBuild.Flashing;

/// <summary>
/// What was done to a device, in order, beside the backups that take it back. Written as a whole under another name and renamed, before and
/// after each action: whatever ends the program, the file is the old one or the new one.
/// </summary>
/// <param name="Folder">The session: journal and backups.</param>
public sealed record FlashJournal(string Folder, JournalHeader Header, ImmutableArray<JournalEntry> Entries)
{
    public const string FileName = "journal.jsonl";

    public string File => Path.Combine(Folder, FileName);

    /// <summary>Everything was flashed; what follows is another session.</summary>
    public bool IsFinished => Has(JournalAction.Finish);

    public bool IsRolledBack => Has(JournalAction.RollBack);

    /// <summary>
    /// Partitions that may no longer be what they were: a flash began, and no backup was written back since. The first one first.
    /// </summary>
    public ImmutableArray<string> Touched =>
    [
        .. Entries.Where(entry => entry.Action == JournalAction.Flash).Select(entry => entry.Partition!).Distinct(StringComparer.Ordinal)
            .Where(partition => LastOf(partition) is not { Action: JournalAction.Restore, State: JournalState.Done }),
    ];

    /// <summary>Whether the active slot may have been changed.</summary>
    public bool HasSetActive => Entries.LastOrDefault(entry => entry.Action == JournalAction.SetActive) is { } last
        && (last.Slot != Header.FormerSlot || !last.IsDone);

    /// <summary>The backup of a partition; null when there is none.</summary>
    public JournalEntry? SavedOf(string partition) =>
        Entries.FirstOrDefault(entry => entry is { Action: JournalAction.Save, IsDone: true } && entry.Partition == partition);

    /// <summary>Whether a partition holds an image already, as far as the journal knows.</summary>
    public bool Holds(string partition, Sha256Digest image) =>
        LastOf(partition) is { Action: JournalAction.Flash, IsDone: true } last && last.Sha256 == image;

    /// <summary>How booting an image from memory ended; null when it was not tried to its end.</summary>
    public JournalState? TrialOf(Sha256Digest image) => Entries
        .LastOrDefault(entry => entry.Action == JournalAction.Boot && entry.Sha256 == image && entry.State != JournalState.Begun)?.State;

    /// <summary>Adds a line, or brings the last one of the same action and partition from begun to done.</summary>
    public FlashJournal With(JournalEntry entry)
    {
        var begun = entry.State == JournalState.Begun || Entries.Length == 0 ? -1 : Entries.Length - 1;
        var continues = begun >= 0 && Entries[begun] is { State: JournalState.Begun } last && last.Action == entry.Action
            && last.Partition == entry.Partition;
        var next = this with { Entries = continues ? Entries.SetItem(begun, entry) : Entries.Add(entry) };
        next.Save();
        return next;
    }

    public void Save()
    {
        var text = new StringBuilder(JsonSerializer.Serialize(Header, FlashJson.Default.JournalHeader)).Append('\n');
        foreach (var entry in Entries)
        {
            text.Append(JsonSerializer.Serialize(entry, FlashJson.Default.JournalEntry)).Append('\n');
        }

        AtomicFile.Write(File, text.ToString());
    }

    /// <exception cref="DiagnosticException">KB9029.</exception>
    public static FlashJournal Load(string folder)
    {
        var file = Path.Combine(folder, FileName);
        try
        {
            var lines = System.IO.File.ReadAllLines(file);
            var header = JsonSerializer.Deserialize(lines.FirstOrDefault() ?? "", FlashJson.Default.JournalHeader);
            if (header is { FormatVersion: JournalHeader.CurrentVersion })
            {
                return new FlashJournal(
                    folder, header, [.. lines.Skip(1).Select(line => JsonSerializer.Deserialize(line, FlashJson.Default.JournalEntry)!)]);
            }
        }
        catch (Exception e) when (e is JsonException or IOException or FormatException)
        {
            // below
        }

        throw new DiagnosticException(Diagnostic.Error(
            DiagnosticCodes.JournalInvalid, "this is no journal of a flash, or it is damaged",
            "the backups beside it are what the partitions held; fastboot flash PARTITION FILE writes one back") with
        { File = file });
    }

    private bool Has(JournalAction action) => Entries.Any(entry => entry.Action == action && entry.IsDone);

    private JournalEntry? LastOf(string partition) => Entries.LastOrDefault(entry =>
        entry.Partition == partition && entry.Action is JournalAction.Flash or JournalAction.Restore);
}
