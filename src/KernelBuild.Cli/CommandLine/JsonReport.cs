using System.Text.Json.Serialization;

namespace KernelBuild.Cli.CommandLine;

/// <summary>
/// What every document of <c>--json</c> has: the version of its form first, its findings last. Members are added, never renamed
/// or removed, while the version stays.
/// </summary>
internal abstract record JsonReport
{
    [JsonPropertyOrder(int.MinValue)]
    public int FormatVersion { get; } = 1;

    /// <summary>Of the input as a whole; those of one file of several stand with the file.</summary>
    [JsonPropertyOrder(int.MaxValue)]
    public IReadOnlyList<FindingInfo> Findings { get; init; } = [];
}
