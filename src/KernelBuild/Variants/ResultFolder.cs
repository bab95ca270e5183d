using System.Text.Json;
using KernelBuild.Host.Files;

namespace KernelBuild.Variants;

/// <summary>The results of one matrix, a file for each cell, whoever wrote it.</summary>
public sealed class ResultFolder(string folder)
{
    public void Keep(CellResult result)
    {
        Directory.CreateDirectory(folder);
        AtomicFile.Write(PathOf(result.Name), JsonSerializer.Serialize(result, VariantJson.Default.CellResult));
    }

    /// <summary>The result of a cell of this key; null when there is none.</summary>
    public CellResult? Find(PlannedCell cell)
    {
        try
        {
            var result = JsonSerializer.Deserialize(File.ReadAllText(PathOf(cell.Cell.Name)), VariantJson.Default.CellResult);
            return result?.Key == cell.Key ? result : null;
        }
        catch (Exception e) when (e is IOException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Before a run: what an earlier one left says nothing of this one.</summary>
    public void Clear()
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private string PathOf(string name) => Path.Combine(folder, name + ".json");
}
