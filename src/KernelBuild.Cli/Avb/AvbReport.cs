using KernelBuild.Cli.CommandLine;

namespace KernelBuild.Cli.Avb;

/// <summary>The JSON document of <c>avb info --json</c>.</summary>
internal sealed record AvbReport(IReadOnlyList<AvbFileInfo> Files) : JsonReport;
