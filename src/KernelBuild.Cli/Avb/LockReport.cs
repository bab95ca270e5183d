using KernelBuild.Cli.CommandLine;

namespace KernelBuild.Cli.Avb;

/// <summary>The JSON document of <c>avb lock-check --json</c>.</summary>
/// <param name="MayLock">Whether a device whose bootloader is locked would start with these images.</param>
/// <param name="Partitions">One for each partition that is named or given.</param>
internal sealed record LockReport(bool MayLock, IReadOnlyList<LockRowInfo> Partitions) : JsonReport;
