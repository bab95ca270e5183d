namespace KernelBuild.DeviceTrees.Comparison;

/// <summary>A difference between two trees.</summary>
/// <param name="Path">Of the node.</param>
/// <param name="Property">Null when a whole node came or went.</param>
/// <param name="Before">The value as source; null when there was none.</param>
/// <param name="After">The value as source; null when there is none.</param>
public sealed record DeviceTreeChange(
    DeviceTreeChangeKind Kind, string Path, string? Property = null, string? Before = null, string? After = null);
