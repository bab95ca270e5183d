using System.Collections.Immutable;
using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Iommu.Prediction;

namespace KernelBuild.Iommu.Fixes;

/// <summary>A way to change a device's group.</summary>
/// <param name="Name">
/// "rescan", "setpci", "config_acs", "iommu-map-mask", "iommu-map", "dma-coherent", "iommu-group-node", "acs-on-device-tree", "acs-quirk",
/// "bridges-unmapped", "acs-override", "none".
/// </param>
/// <param name="Title">One line.</param>
/// <param name="Cost">What it costs and what it does not do; one or two sentences.</param>
/// <param name="After">The groups with it.</param>
/// <param name="Artifacts">Empty for what is impossible.</param>
public sealed record GroupFix(
    string Name, string Title, FixVerdict Verdict, string Cost, GroupPrediction After, ImmutableArray<FixArtifact> Artifacts)
{
    /// <summary>The device tree with the change; null for a fix that changes none.</summary>
    public DeviceTree? Tree { get; init; }

    /// <summary>What it changes there, in order; empty for a fix that changes none.</summary>
    public ImmutableArray<TreeChange> Changes { get; init; } = [];
}
