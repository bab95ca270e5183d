using System.Collections.Immutable;
using KernelBuild.DeviceTrees.Tree;

namespace KernelBuild.Iommu.Prediction;

/// <summary>What the driver of an IOMMU makes of a device by its stream IDs alone.</summary>
/// <param name="Key">Names the group that the device enters: an IOMMU or a list of them, and a region; null when there is none.</param>
/// <param name="Rule">Null when the driver leaves the device to the rules of the core.</param>
/// <param name="Reason">One sentence.</param>
internal readonly record struct DriverGroup((LocatedNode Node, uint Region)? Key, GroupingRule? Rule, string Reason)
{
    /// <summary>The driver asks the core: PCI's rules, and a group of its own for a device of the platform.</summary>
    public static DriverGroup Own { get; } = new(null, null, "") { Remembered = [] };

    /// <summary>A group that is there already, and the device that it was remembered of; null for none.</summary>
    public (int Group, string Device)? Existing { get; init; }

    /// <summary>
    /// The streams under which the driver remembers the group that the core makes; default for a driver that remembers none.
    /// </summary>
    public ImmutableArray<(LocatedNode Iommu, uint Stream)> Remembered { get; init; } = [];

    /// <summary>Whether the driver merges what its groups send, which it does at one DART only.</summary>
    public bool IsDart { get; init; }

    public static DriverGroup Joins(int group, string device, string reason) =>
        new(null, GroupingRule.IommuDriver, reason) { Existing = (group, device), Remembered = [] };

    public static DriverGroup Shared(LocatedNode node, uint region, string reason) => new((node, region), GroupingRule.IommuDriver, reason);

    /// <summary>The driver gives the device no group.</summary>
    public static DriverGroup Refused(string reason) => new(null, GroupingRule.IommuDriver, reason);

    /// <summary>Which group it is, is not known here; the running kernel tells.</summary>
    public static DriverGroup NotModelled(string reason) => new(
        null, GroupingRule.NotModelled, $"unknown, because {reason}; the running kernel tells: find /sys/kernel/iommu_groups -type l");
}
