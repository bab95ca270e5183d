using KernelBuild.Cli.CommandLine;

namespace KernelBuild.Cli.Images;

/// <summary>The JSON document of commands that write an image.</summary>
/// <param name="Output">The file that was written.</param>
/// <param name="Size">Its bytes.</param>
/// <param name="Sha256">Of the whole file.</param>
/// <param name="Changes">Regions that are not the same as before.</param>
internal sealed record EditReport(string Output, long Size, string Sha256, IReadOnlyList<ChangeInfo> Changes) : JsonReport;
