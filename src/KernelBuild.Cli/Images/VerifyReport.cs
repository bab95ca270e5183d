using System.Text.Json.Serialization;

namespace KernelBuild.Cli.Images;

/// <summary>The JSON document of <c>boot verify --json</c> and <c>avb verify --json</c>.</summary>
internal sealed record VerifyReport(IReadOnlyList<VerifiedFileInfo> Files)
{
    [JsonPropertyOrder(-1)]
    public int FormatVersion { get; } = 1;
}
