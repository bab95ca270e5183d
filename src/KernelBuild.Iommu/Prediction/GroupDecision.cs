using System.Collections.Immutable;
using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Iommu.Binding;
using KernelBuild.Iommu.Topology;

namespace KernelBuild.Iommu.Prediction;

/// <summary>What becomes of a device, and by which rule.</summary>
/// <param name="Device">The name in sysfs: "0000:01:00.0", "1dc4000.dma-controller".</param>
/// <param name="Group">Null: the device has no group, or it is not known which (<see cref="IsUnknown"/>).</param>
/// <param name="Rule">Which rule decided.</param>
/// <param name="Reason">One sentence.</param>
/// <param name="KernelFunction">"drivers/iommu/iommu.c: pci_device_group".</param>
/// <param name="Evidence">What the rule looked at: requester and stream IDs, ACS registers, paths.</param>
public sealed record GroupDecision(
    string Device, int? Group, GroupingRule Rule, string Reason, string KernelFunction, ImmutableArray<string> Evidence)
{
    /// <summary>
    /// Whether the group depends on what was not captured, or on a driver that is not known here: then <see cref="Reason"/> says on what,
    /// and
    /// how to learn it.
    /// </summary>
    public bool IsUnknown => Rule == GroupingRule.NotCaptured || Rule == GroupingRule.NotModelled;

    /// <summary>The device's own node in the device tree; null when it has none.</summary>
    public LocatedNode? Node { get; init; }

    /// <summary>Whether the IOMMU's driver says of this device that its translations are coherent, which VFIO asks for.</summary>
    public bool IsCoherent => Provider?.IsCoherentFor(Node) == true;

    /// <summary>Null for devices of the platform.</summary>
    public PciFunction? Function { get; init; }

    /// <summary>The device or bridge whose group was joined; null when the group is new.</summary>
    public string? Joined { get; init; }

    /// <summary>The stream IDs, in the order of the aliases.</summary>
    public ImmutableArray<StreamId> Streams { get; init; } = [];

    /// <summary>Null when there is none.</summary>
    public IommuProvider? Provider { get; init; }
}
