using System.Collections.Immutable;
using System.Text.Json;
using KernelBuild.Host.Files;

namespace KernelBuild.Flashing;

/// <summary>Partitions that were read off a running device, in a folder of their own.</summary>
/// <param name="Folder">Absolute.</param>
public sealed record PulledImages(string Folder, ImmutableArray<PulledPartition> Partitions)
{
    public const string FileName = "pulled.jsonl";

    /// <summary>All of a project, the newest first; what cannot be read is passed over, and is not relied on.</summary>
    public static IReadOnlyList<PulledImages> Of(BackupFolder backups) => !Directory.Exists(backups.Path) ? [] :
    [
        .. Directory.EnumerateDirectories(backups.Path)
            .Select(TryLoad)
            .OfType<PulledImages>()
            .OrderByDescending(pulled => pulled.Partitions.Max(partition => partition.Time)),
    ];

    /// <summary>The newest one of a device's partition whose file is what was read; null when there is none.</summary>
    /// <param name="partition">With its slot.</param>
    public static (PulledPartition Partition, string File)? Newest(IEnumerable<PulledImages> all, string serialNumber, string partition)
    {
        foreach (var pulled in all)
        {
            if (pulled.Partitions.FirstOrDefault(one => one.Partition == partition && one.SerialNumber == serialNumber) is { } found
                && Path.Combine(pulled.Folder, found.File) is var file
                && File.Exists(file) && Sha256Digest.OfFile(file) == found.Sha256)
            {
                return (found, file);
            }
        }

        return null;
    }

    /// <summary>Whether its files are there, and are those of another pull of the same device.</summary>
    public bool Holds(PulledImages other) =>
        Partitions.Select(one => (one.Partition, one.Sha256, one.SerialNumber))
            .SequenceEqual(other.Partitions.Select(one => (one.Partition, one.Sha256, one.SerialNumber)))
        && Partitions.All(one => Path.Combine(Folder, one.File) is var file && File.Exists(file) && Sha256Digest.OfFile(file) == one.Sha256);

    public void Save() => AtomicFile.Write(
        Path.Combine(Folder, FileName),
        string.Concat(Partitions.Select(one => JsonSerializer.Serialize(one, FlashJson.Default.PulledPartition) + "\n")));

    private static PulledImages? TryLoad(string folder)
    {
        try
        {
            var lines = File.ReadAllLines(Path.Combine(folder, FileName));
            return lines.Length == 0 ? null : new PulledImages(
                folder, [.. lines.Select(line => JsonSerializer.Deserialize(line, FlashJson.Default.PulledPartition)!)]);
        }
        catch (Exception e) when (e is IOException or JsonException or FormatException)
        {
            return null;
        }
    }
}
