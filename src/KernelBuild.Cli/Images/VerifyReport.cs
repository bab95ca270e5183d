using KernelBuild.Cli.CommandLine;

namespace KernelBuild.Cli.Images;

/// <summary>The JSON document of <c>boot verify --json</c> and <c>avb verify --json</c>.</summary>
internal sealed record VerifyReport(IReadOnlyList<VerifiedFileInfo> Files) : JsonReport;
