using KernelBuild.Diagnostics;

namespace KernelBuild.Variants;

/// <summary>What a matrix varies.</summary>
/// <param name="Devices">Names.</param>
/// <param name="Series">Folders, or "none"; empty for the projects' own series.</param>
/// <param name="Configs">Fragment files, or "none"; empty for the projects' own configuration.</param>
public sealed record VariantAxes(IReadOnlyList<string> Devices, IReadOnlyList<string> Series, IReadOnlyList<string> Configs)
{
    /// <summary>Device by device, so that a work tree changes as little as possible from one cell to the next.</summary>
    /// <exception cref="DiagnosticException">KB9011 for a series or fragment that is not there, and for two cells of one name.</exception>
    public IReadOnlyList<VariantCell> Cells()
    {
        string?[] series = Series.Count == 0 ? [null] : [.. Series.Select(OfSeries)];
        string?[] configs = Configs.Count == 0 ? [null] : [.. Configs.Select(OfConfig)];
        VariantCell[] cells =
        [
            .. Devices.SelectMany(device => series.SelectMany(one => configs.Select(config => new VariantCell(device, one, config)))),
        ];
        return cells.GroupBy(cell => cell.Name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice
            ? throw Invalid($"two cells of the matrix are called '{twice.Key}'", "give series and fragments names of their own")
            : cells;
    }

    private static string OfSeries(string path) => path == VariantCell.None || File.Exists(Path.Combine(path, "series"))
        ? path
        : throw Invalid($"there is no series '{path}'", "name a folder of patches/, a folder with a file 'series', or none");

    private static string? OfConfig(string path) => path == VariantCell.None ? null : File.Exists(path)
        ? path
        : throw Invalid($"there is no configuration fragment '{path}'", "name a file of lines CONFIG_NAME=VALUE, or none");

    private static DiagnosticException Invalid(string what, string fix) =>
        new(Diagnostic.Error(DiagnosticCodes.UsageInvalid, what, fix));
}
