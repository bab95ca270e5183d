using KernelBuild.Cli.CommandLine;

namespace KernelBuild.Cli.Boot;

/// <summary>The JSON document of <c>boot info --json</c>. Members are added, never renamed or removed, while the format version stays.</summary>
internal sealed record BootInfoReport(IReadOnlyList<BootFileInfo> Files) : JsonReport;
