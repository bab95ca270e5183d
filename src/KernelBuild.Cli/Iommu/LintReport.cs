using KernelBuild.Cli.CommandLine;

namespace KernelBuild.Cli.Iommu;

/// <summary>
/// The JSON document of <c>iommu lint --json</c>. Members are added, never renamed or removed, while the format version stays.
/// </summary>
internal sealed record LintReport(string File, string Kernel) : JsonReport;
