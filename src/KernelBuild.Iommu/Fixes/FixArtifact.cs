namespace KernelBuild.Iommu.Fixes;

/// <summary>A change, ready to be used.</summary>
/// <param name="Kind">
/// "shell", "command line", "overlay" (DTS for dtc -@), "source" (to append to the board's DTS) or "patch series".
/// </param>
/// <param name="Text">Its text.</param>
public sealed record FixArtifact(string Kind, string Text);
