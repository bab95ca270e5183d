using KernelBuild.Cli.CommandLine;

namespace KernelBuild.Cli.DeviceTrees;

/// <summary>The JSON document of <c>dt show --json</c>. Members are added, never renamed or removed, while the format version stays.</summary>
internal sealed record DeviceTreeShowReport(string File, IReadOnlyList<DeviceTreeInfo> Trees) : JsonReport;

/// <summary>The JSON document of <c>dt diff --json</c>.</summary>
internal sealed record DeviceTreeDiffReport(string Before, string After, IReadOnlyList<ChangeInfo> Changes) : JsonReport;

/// <summary>A difference in JSON.</summary>
/// <param name="Kind">"node added", "node removed", "property added", "property removed", "property changed" or "reservation changed".</param>
/// <param name="Property">Null for whole nodes.</param>
/// <param name="Before">As source; null when there was none.</param>
/// <param name="After">As source; null when there is none.</param>
internal sealed record ChangeInfo(string Kind, string Path, string? Property, string? Before, string? After);

/// <summary>The JSON document of <c>dt apply --json</c> and <c>dt edit --json</c>.</summary>
/// <param name="Size">Bytes of the file written; null when there was an error.</param>
internal sealed record DeviceTreeWriteReport(string Output, long? Size) : JsonReport;
