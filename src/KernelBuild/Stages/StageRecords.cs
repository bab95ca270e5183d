using System.Text.Json;
using KernelBuild.Host.Files;

namespace KernelBuild.Stages;

/// <summary>The content key of each stage's last good run, with what it found worth keeping.</summary>
public sealed class StageRecords
{
    private string _path = "";

    public Dictionary<string, StageRecord> Stages { get; init; } = new(StringComparer.Ordinal);

    /// <summary>The records of a device; empty when there are none or they cannot be read, for all they save is time.</summary>
    public static StageRecords Load(string path)
    {
        StageRecords? records = null;
        try
        {
            records = JsonSerializer.Deserialize(File.ReadAllText(path), StageJson.Default.StageRecords);
        }
        catch (Exception e) when (e is IOException or JsonException)
        {
            // never built, or a file that a crash of the machine cut short
        }

        records ??= new StageRecords();
        records._path = path;
        return records;
    }

    /// <summary>The values of a stage's last good run if it ran with this key, else null.</summary>
    public IReadOnlyDictionary<string, string>? Find(string stage, string key) =>
        Stages.TryGetValue(stage, out var record) && record.Key == key ? record.Values : null;

    /// <summary>The values of a stage's last good run, whatever its key.</summary>
    public IReadOnlyDictionary<string, string>? Last(string stage) => Stages.GetValueOrDefault(stage)?.Values;

    public void Set(string stage, string key, Dictionary<string, string>? values = null)
    {
        Stages[stage] = new StageRecord(key, values ?? []);
        Save();
    }

    /// <summary>Before a stage starts to change things: a crash must not leave the old key standing.</summary>
    public void Clear(string stage)
    {
        if (Stages.Remove(stage))
        {
            Save();
        }
    }

    private void Save()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
        AtomicFile.Write(_path, JsonSerializer.Serialize(this, StageJson.Default.StageRecords));
    }
}
