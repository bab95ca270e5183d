namespace KernelBuild.DeviceTrees.Comparison;

/// <summary>A difference between two trees.</summary>
/// <param name="Path">Of the node.</param>
/// <param name="Property">Null when a whole node came or went.</param>
/// <param name="Before">
/// The value, or the node with all below it, as source; null when there was none, or when no source can hold it.
/// </param>
/// <param name="After">The same of the other tree.</param>
public sealed record DeviceTreeChange(
    DeviceTreeChangeKind Kind, string Path, string? Property = null, string? Before = null, string? After = null);
