using System.Text.Json.Serialization;

namespace KernelBuild.Cli.Avb;

/// <summary>The JSON document of <c>avb info --json</c>.</summary>
internal sealed record AvbReport(IReadOnlyList<AvbFileInfo> Files)
{
    [JsonPropertyOrder(-1)]
    public int FormatVersion { get; } = 1;
}
