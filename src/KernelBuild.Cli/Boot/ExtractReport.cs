using KernelBuild.Cli.CommandLine;

namespace KernelBuild.Cli.Boot;

/// <summary>The JSON document of <c>boot extract --json</c>.</summary>
/// <param name="File">The container.</param>
/// <param name="Images">Those that were written, or all with --list.</param>
internal sealed record ExtractReport(string File, IReadOnlyList<ExtractedImage> Images) : JsonReport;
