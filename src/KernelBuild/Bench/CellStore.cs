using System.Text.Json;
using KernelBuild.Host.Files;

namespace KernelBuild.Bench;

/// <summary>Cells of earlier runs, a file for each key. To delete the folder costs time, nothing else.</summary>
internal sealed class CellStore(string folder)
{
    public MatrixCell? Find(string key)
    {
        var path = PathOf(key);
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize(File.ReadAllText(path), MatrixJson.Default.MatrixCell);
        }
        catch (JsonException)
        {
            // written by another version, or cut short: checked again
            return null;
        }
    }

    public void Keep(string key, MatrixCell cell)
    {
        Directory.CreateDirectory(folder);
        AtomicFile.Write(PathOf(key), JsonSerializer.Serialize(cell, MatrixJson.Default.MatrixCell));
    }

    private string PathOf(string key) => Path.Combine(folder, key + ".json");
}
