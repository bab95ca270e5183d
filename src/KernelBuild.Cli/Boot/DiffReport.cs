using System.Text.Json.Serialization;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Images;

namespace KernelBuild.Cli.Boot;

/// <summary>The JSON document of <c>boot diff --json</c>.</summary>
/// <param name="Stock">The first file.</param>
/// <param name="New">The second file.</param>
/// <param name="Same">Whether no byte differs.</param>
/// <param name="Flashable">Whether no finding is an error.</param>
/// <param name="Changes">All regions of both.</param>
/// <param name="Findings">What hinders flashing, and what to know before.</param>
internal sealed record DiffReport(string Stock, string New, bool Same, bool Flashable, IReadOnlyList<ChangeInfo> Changes, IReadOnlyList<FindingInfo> Findings)
{
    [JsonPropertyOrder(-1)]
    public int FormatVersion { get; } = 1;
}
