using System.Collections.Immutable;

namespace KernelBuild.Iommu.Prediction;

/// <summary>All groups of a machine, and a decision for every device.</summary>
/// <param name="Decisions">PCI functions by address, then devices of the platform in the order of the tree.</param>
public sealed record GroupPrediction(ImmutableArray<GroupDecision> Decisions)
{
    /// <summary>Which devices share a group; without those whose group is unknown.</summary>
    public GroupPartition Partition { get; } =
        GroupPartition.Of(Decisions.Where(decision => !decision.IsUnknown).Select(decision => (decision.Device, decision.Group)));

    /// <summary>By id.</summary>
    public ImmutableArray<IommuGroup> Groups => Partition.Groups;

    /// <summary>The decisions about devices without a group.</summary>
    public IEnumerable<GroupDecision> Ungrouped => Decisions.Where(decision => decision is { Group: null, IsUnknown: false });

    /// <summary>The devices whose group depends on what was not captured.</summary>
    public IEnumerable<GroupDecision> Unknown => Decisions.Where(decision => decision.IsUnknown);

    /// <summary>Null when there is no such device.</summary>
    public GroupDecision? Of(string device) => Decisions.FirstOrDefault(decision => decision.Device == device);

    /// <summary>The devices that share the device's group, itself included; empty when it has none.</summary>
    public ImmutableArray<string> Companions(string device) => Partition.Companions(device);
}
