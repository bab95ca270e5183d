using System.Collections.Immutable;
using KernelBuild.Diagnostics;

namespace KernelBuild.Variants;

/// <summary>What became of a cell, whoever ran it.</summary>
/// <param name="Name">As the plan has it.</param>
/// <param name="Series">"own", "none" or a series' name.</param>
/// <param name="Config">"none" or a fragment's name.</param>
public sealed record CellResult(string Name, string Device, string Series, string Config, string Key, CellVerdict Verdict)
{
    /// <summary>Of this cell in this run: fetching, or waiting, building and storing.</summary>
    public double Seconds { get; init; }

    /// <summary>Of each stage of the build, this one or that which was fetched.</summary>
    public ImmutableSortedDictionary<string, double> Stages { get; init; } = ImmutableSortedDictionary<string, double>.Empty;

    /// <summary>Bytes of the uncompressed kernel; 0 when there is none.</summary>
    public long ImageBytes { get; init; }

    /// <summary>SHA-256 of the uncompressed kernel; empty when there is none.</summary>
    public string ImageSha256 { get; init; } = "";

    /// <summary>Objects that make compiled in the build; 0 for a fetched cell.</summary>
    public int Objects { get; init; }

    public int CacheHits { get; init; }

    public int CacheMisses { get; init; }

    /// <summary>The most memory that the build's processes had at once, in bytes; 0 when nothing was built.</summary>
    public long PeakMemory { get; init; }

    /// <summary>The machine that built it.</summary>
    public string Host { get; init; } = "";

    public ImmutableArray<Diagnostic> Findings { get; init; } = [];

    /// <summary>The end of what a failed build printed, when it has no findings.</summary>
    public ImmutableArray<string> Log { get; init; } = [];

    public bool IsGood => Verdict is CellVerdict.Built or CellVerdict.Fetched;

    public static CellResult Of(PlannedCell cell, CellVerdict verdict) =>
        new(cell.Cell.Name, cell.Cell.Device, cell.Cell.SeriesName, cell.Cell.ConfigName, cell.Key, verdict);
}
