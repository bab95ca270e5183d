using KernelBuild.Cli.CommandLine;

namespace KernelBuild.Cli.Dtbo;

/// <summary>The JSON document of <c>dtbo info --json</c>.</summary>
/// <param name="File">As given.</param>
/// <param name="Version">0 or 1.</param>
/// <param name="TotalSize">Bytes of the table and its overlays.</param>
/// <param name="PageSize">Informative.</param>
/// <param name="Entries">In their order.</param>
internal sealed record DtboReport(string File, uint Version, uint TotalSize, uint PageSize, IReadOnlyList<DtboEntryInfo> Entries) : JsonReport;
