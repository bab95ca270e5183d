using System.Collections.Immutable;

namespace KernelBuild.Iommu.Prediction;

/// <summary>All groups of a machine, and a decision for every device.</summary>
/// <param name="Decisions">PCI functions by address, then devices of the platform in the order of the tree.</param>
public sealed record GroupPrediction(ImmutableArray<GroupDecision> Decisions)
{
    /// <summary>By id.</summary>
    public ImmutableArray<IommuGroup> Groups { get; } =
    [
        .. Decisions.Where(decision => decision.Group is not null)
            .GroupBy(decision => decision.Group!.Value)
            .OrderBy(group => group.Key)
            .Select(group => new IommuGroup(group.Key, [.. group.Select(decision => decision.Device).Order(StringComparer.Ordinal)])),
    ];

    public IEnumerable<GroupDecision> Ungrouped => Decisions.Where(decision => decision.Group is null);

    /// <summary>Null when there is no such device.</summary>
    public GroupDecision? Of(string device) => Decisions.FirstOrDefault(decision => decision.Device == device);

    /// <summary>The devices that share the device's group, itself included; empty when it has none.</summary>
    public ImmutableArray<string> Companions(string device) =>
        Of(device)?.Group is { } id ? Groups.First(group => group.Id == id).Devices : [];

    /// <summary>Whether both predictions put the same devices together; the numbers do not count.</summary>
    public bool SamePartition(GroupPrediction other) =>
        Decisions.Length == other.Decisions.Length
        && Decisions.All(decision => Companions(decision.Device).SequenceEqual(other.Companions(decision.Device), StringComparer.Ordinal));
}
