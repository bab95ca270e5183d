using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using KernelBuild.Host.Files;
using KernelBuild.Stages;

namespace KernelBuild.Artifacts;

/// <summary>What a store holds of one key: which files, and what is known of how they were made.</summary>
/// <param name="Key">64 lower-case hexadecimal digits.</param>
/// <param name="Files">In the order of their names.</param>
/// <param name="Facts">Text that the maker adds, such as seconds and host; no secret.</param>
/// <param name="Seal">SHA-256 over all the rest: one flipped byte anywhere makes the entry invalid.</param>
public sealed record ArtifactEntry(
    string Key, ImmutableArray<ArtifactFile> Files, ImmutableSortedDictionary<string, string> Facts, Sha256Digest Seal)
{
    /// <summary>Of this form; a reader refuses others.</summary>
    public int FormatVersion { get; init; } = 1;

    public static ArtifactEntry Of(string key, IEnumerable<ArtifactFile> files, IEnumerable<KeyValuePair<string, string>> facts)
    {
        var entry = new ArtifactEntry(
            key, [.. files.OrderBy(file => file.Name, StringComparer.Ordinal)],
            facts.ToImmutableSortedDictionary(StringComparer.Ordinal), default);
        return entry with { Seal = entry.ComputeSeal() };
    }

    /// <summary>The entry that these bytes are, or null with the reason why they are none.</summary>
    /// <param name="key">That of the entry which was asked for.</param>
    public static ArtifactEntry? Read(ReadOnlySpan<byte> bytes, string key, out string problem)
    {
        ArtifactEntry? entry;
        try
        {
            entry = JsonSerializer.Deserialize(bytes, ArtifactJson.Default.ArtifactEntry);
        }
        catch (Exception e) when (e is JsonException or FormatException or ArgumentException)
        {
            problem = "it is no JSON of an entry";
            return null;
        }

        problem = entry is not { FormatVersion: 1, Files.IsDefault: false } ? "it is of another form"
            : entry.Key != key ? "it is the entry of another key"
            : entry.Files.Any(file => file?.IsNameSafe != true || file.Size < 0) ? "it names a file outside of the entry"
            : entry.Seal != entry.ComputeSeal() ? "its seal does not fit its content"
            : "";
        return problem.Length == 0 ? entry : null;
    }

    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, ArtifactJson.Default.ArtifactEntry);

    private Sha256Digest ComputeSeal()
    {
        using var seal = new ContentKey("artifact entry", FormatVersion);
        seal.Add("key", Key);
        foreach (var file in Files)
        {
            seal.Add(file.Name, string.Create(CultureInfo.InvariantCulture, $"{file.Size} {file.Sha256}"));
        }

        foreach (var (name, value) in Facts)
        {
            seal.Add("fact " + name, value);
        }

        return Sha256Digest.Parse(seal.Finish());
    }
}
