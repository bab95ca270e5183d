using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Images;

namespace KernelBuild.Cli.Avb;

/// <summary>The JSON document of <c>avb info --json</c>.</summary>
internal sealed record AvbReport(IReadOnlyList<AvbFileInfo> Files) : JsonReport;

/// <summary>One file of <c>avb info --json</c>.</summary>
/// <param name="File">As given.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Avb">Null when it has no AVB metadata.</param>
/// <param name="Avb1">Null when it has no signature of Android 5 to 7.</param>
internal sealed record AvbFileInfo(string File, long Size, AvbInfo? Avb, Avb1Info? Avb1);
