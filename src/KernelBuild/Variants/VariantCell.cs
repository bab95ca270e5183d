namespace KernelBuild.Variants;

/// <summary>A device with one choice of patches and of configuration.</summary>
/// <param name="Series">Folder of a series in place of the project's; "none" for the bare source; null for the project's own.</param>
/// <param name="Config">Fragment on top of those of the project; null for none.</param>
public sealed record VariantCell(string Device, string? Series, string? Config)
{
    /// <summary>What stands for "nothing" on the command line: no patches, no further fragment.</summary>
    public const string None = "none";

    /// <summary>For people and for files: DEVICE, +SERIES, +FRAGMENT. Unique in a plan.</summary>
    public string Name => string.Join(
        '+',
        ((string?[])[Device, NameOf(Series), Config is null ? null : Path.GetFileNameWithoutExtension(Config)]).OfType<string>());

    /// <summary>As the column of a report has it.</summary>
    public string SeriesName => NameOf(Series) ?? "own";

    public string ConfigName => Config is null ? None : Path.GetFileNameWithoutExtension(Config);

    private static string? NameOf(string? path) => path is null ? null : Path.GetFileName(Path.TrimEndingDirectorySeparator(path));
}
