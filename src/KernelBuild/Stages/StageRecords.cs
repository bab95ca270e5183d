using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using KernelBuild.Host.Files;

namespace KernelBuild.Stages;

/// <summary>The content key of each stage's last good run, with its result.</summary>
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

    /// <summary>The result of a stage's last good run if it ran with this key, else null.</summary>
    public T? Find<T>(string stage, string key, JsonTypeInfo<T> type)
        where T : class => Stages.TryGetValue(stage, out var record) && record.Key == key ? Read(record, type) : null;

    /// <summary>The result of a stage's last good run, whatever its key.</summary>
    public T? Last<T>(string stage, JsonTypeInfo<T> type)
        where T : class => Stages.TryGetValue(stage, out var record) ? Read(record, type) : null;

    public void Set<T>(string stage, string key, T result, JsonTypeInfo<T> type)
    {
        Stages[stage] = new StageRecord(key, JsonSerializer.SerializeToElement(result, type));
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

    /// <summary>Null for the record of another version of this program.</summary>
    private static T? Read<T>(StageRecord record, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return record.Result.Deserialize(type);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private void Save()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
        AtomicFile.Write(_path, JsonSerializer.Serialize(this, StageJson.Default.StageRecords));
    }
}
