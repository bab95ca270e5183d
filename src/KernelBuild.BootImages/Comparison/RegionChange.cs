using KernelBuild.BootImages.Layout;

namespace KernelBuild.BootImages.Comparison;

/// <summary>What became of a region between two files.</summary>
/// <param name="Name">The region's.</param>
/// <param name="Kind">same, moved, changed, added, removed.</param>
/// <param name="Old">Null when it was added.</param>
/// <param name="New">Null when it was removed.</param>
public sealed record RegionChange(string Name, string Kind, Region? Old, Region? New);
