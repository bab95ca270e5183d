using System.Collections.Concurrent;
using System.Text.Json;
using KernelBuild.Host.Files;

namespace KernelBuild.Variants;

/// <summary>What a build of a device needs of memory: measured when it was built here before, else a first guess.</summary>
public sealed class CellNeeds
{
    /// <summary>MSBuild with the tasks, and the link of vmlinux; then a compiler for each job. As measured, docs/guide/matrix.md.</summary>
    private const long FirstBase = 900L << 20;

    private const long FirstPerJob = 150L << 20;

    private readonly string _file;
    private readonly ConcurrentDictionary<string, long> _peaks;

    private CellNeeds(string file, IDictionary<string, long> peaks)
    {
        _file = file;
        _peaks = new(peaks, StringComparer.Ordinal);
    }

    public static CellNeeds Load(MatrixFolders folders)
    {
        try
        {
            return new CellNeeds(
                folders.Needs,
                JsonSerializer.Deserialize(File.ReadAllText(folders.Needs), VariantJson.Default.DictionaryStringInt64) ?? []);
        }
        catch (Exception e) when (e is IOException or JsonException)
        {
            return new CellNeeds(folders.Needs, new Dictionary<string, long>());
        }
    }

    /// <summary>Bytes that a build of the device will have at once.</summary>
    public long Of(string device, int jobs) => _peaks.TryGetValue(device, out var peak) ? peak : FirstBase + (jobs * FirstPerJob);

    /// <summary>Keeps the highest: a build that compiled little says nothing of one that compiles all.</summary>
    public void Add(string device, long peak)
    {
        if (peak > _peaks.GetValueOrDefault(device))
        {
            _peaks[device] = peak;
            Directory.CreateDirectory(Path.GetDirectoryName(_file)!);
            lock (_peaks)
            {
                var peaks = new Dictionary<string, long>(_peaks);
                AtomicFile.Write(_file, JsonSerializer.Serialize(peaks, VariantJson.Default.DictionaryStringInt64));
            }
        }
    }
}
