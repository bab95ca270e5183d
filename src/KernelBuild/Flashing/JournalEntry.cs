using System.Text.Json.Serialization;
using KernelBuild.Host.Files;

namespace KernelBuild.Flashing;

/// <summary>One action on a device: a line of the journal, written before the action begins and again when it is done.</summary>
/// <param name="Action">What is done.</param>
/// <param name="State">How far it is.</param>
public sealed record JournalEntry(JournalAction Action, JournalState State)
{
    /// <summary>With its slot: <c>boot_b</c>.</summary>
    public string? Partition { get; init; }

    /// <summary>Of <see cref="JournalAction.SetActive"/>: a or b.</summary>
    public string? Slot { get; init; }

    /// <summary>Of a backup: its name beside the journal; of an image: its path when it was flashed.</summary>
    public string? File { get; init; }

    /// <summary>Of the file.</summary>
    public Sha256Digest? Sha256 { get; init; }

    /// <summary>Bytes of the file.</summary>
    public long? Size { get; init; }

    /// <summary>Of a backup: device, pulled, stock or none, or why the device refused. Of a refusal: what the device said.</summary>
    public string? Detail { get; init; }

    /// <summary>UTC.</summary>
    public DateTime Time { get; init; }

    [JsonIgnore]
    public bool IsDone => State == JournalState.Done;
}
