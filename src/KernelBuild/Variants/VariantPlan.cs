using System.Collections.Immutable;
using System.Text.Json;
using KernelBuild.Host.Files;
using KernelBuild.Stages;

namespace KernelBuild.Variants;

/// <summary>What a matrix is to make: written once, read by whoever builds a cell.</summary>
/// <param name="Store">Address as it was given; null for the user's own. It may hold a login: the file is for its owner alone.</param>
/// <param name="Boot">Each cell is booted too.</param>
public sealed record VariantPlan(ImmutableArray<PlannedCell> Cells, string? Store, bool Boot)
{
    /// <summary>Of this run of the matrix alone: what it built is told from what was there by it.</summary>
    public string Run { get; init; } = Guid.NewGuid().ToString("n");

    /// <summary>Cells whose key cannot be found, each with the reason.</summary>
    public ImmutableArray<CellResult> Refused { get; init; } = [];

    /// <summary>The cells that build: the first of each key. The others take what it makes.</summary>
    public IEnumerable<PlannedCell> Distinct => Cells.DistinctBy(cell => cell.Key);

    /// <summary>Of keys and names: a second run of the same matrix goes on in the same folder.</summary>
    public string Id
    {
        get
        {
            using var id = new ContentKey("variant plan", 1);
            foreach (var cell in Cells)
            {
                id.Add(cell.Cell.Name, cell.Key);
            }

            return id.Finish()[..16];
        }
    }

    public void Save(string path)
    {
        AtomicFile.Write(path, JsonSerializer.Serialize(this, VariantJson.Default.VariantPlan));
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    public static VariantPlan Load(string path) =>
        JsonSerializer.Deserialize(File.ReadAllText(path), VariantJson.Default.VariantPlan)
        ?? throw new InvalidDataException($"{path} holds no plan");
}
