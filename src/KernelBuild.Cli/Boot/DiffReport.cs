using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Images;

namespace KernelBuild.Cli.Boot;

/// <summary>The JSON document of <c>boot diff --json</c>.</summary>
/// <param name="Stock">The first file.</param>
/// <param name="New">The second file.</param>
/// <param name="Same">Whether no byte differs.</param>
/// <param name="Flashable">Whether no finding is an error.</param>
/// <param name="Changes">All regions of both.</param>
internal sealed record DiffReport(string Stock, string New, bool Same, bool Flashable, IReadOnlyList<ChangeInfo> Changes) : JsonReport;
