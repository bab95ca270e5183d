using KernelBuild.Cli.CommandLine;

namespace KernelBuild.Cli.Images;

/// <summary>One file of <c>boot verify --json</c>.</summary>
/// <param name="File">As given.</param>
/// <param name="Kind">boot, vendor_boot, vbmeta, dtbo, unknown; null when it could not be read.</param>
/// <param name="Answers">Null when it could not be read.</param>
/// <param name="Findings">All of them.</param>
internal sealed record VerifiedFileInfo(string File, string? Kind, VerdictInfo? Answers, IReadOnlyList<FindingInfo> Findings);
