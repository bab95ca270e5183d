using System.Collections.Immutable;
using KernelBuild.Iommu.Topology;

namespace KernelBuild.Iommu.Prediction;

/// <summary>
/// The core's grouping of PCI functions (rule S6, the PCI rules). Source: drivers/iommu/iommu.c, pci_device_group and the three functions
/// it asks.
/// </summary>
/// <param name="hasGroup">Whether a function has a group by now.</param>
/// <param name="atEnumeration">The domains whose functions get their groups while they are added, and not when a driver is bound.</param>
internal sealed class PciGrouping(
    PciTopology topology, AcsRules acs, Func<PciFunction, bool> hasGroup, ImmutableHashSet<uint> atEnumeration)
{
    public const string Source = "drivers/iommu/iommu.c: pci_device_group";

    public PciGroupChoice Choose(PciFunction function, List<(PciFunction Source, RequesterId Rid)> aliases)
    {
        // a. devices that send with the same ID are one device to the IOMMU
        foreach (var (source, rid) in aliases)
        {
            if (hasGroup(source))
            {
                return new(source, GroupingRule.SharedRequesterId, ReferenceEquals(source, function)
                    ? "it has a group already"
                    : $"its requests leave the {source.Kind} {source} as {rid}: the IOMMU cannot tell them apart");
            }
        }

        // b. up to where all ports to the root complex isolate
        var last = aliases[^1].Source;
        for (var bridge = topology.BridgeAbove(last); bridge is not null; bridge = topology.BridgeAbove(bridge))
        {
            if (acs.FirstGap(bridge) is not { } gap)
            {
                break;
            }

            last = bridge;
            if (hasGroup(bridge))
            {
                return new(bridge, GroupingRule.PathIsolation, ReferenceEquals(gap, bridge)
                    ? $"the {bridge.Kind} {bridge} above it does not isolate: {acs.Of(bridge).Why}"
                    : $"the {gap.Kind} {gap} on the way to the root complex does not isolate: {acs.Of(gap).Why}; so the {bridge.Kind} "
                        + $"{bridge} and everything behind it stay in one group");
            }
        }

        // c. and d. same-bus aliases, and functions of one device
        var visited = new HashSet<byte>();
        if (AliasGroup(last, visited) is { } alias)
        {
            return new(
                alias, GroupingRule.BusAlias,
                ReferenceEquals(alias, last)
                    ? $"{last} has a group"
                    : $"{alias} and {last} send with each other's requester ID (a DMA alias quirk)");
        }

        if (!(ReferenceEquals(last, function) && IsStillSingle(function)) && FunctionGroup(last, visited) is { } sibling)
        {
            return new(sibling, GroupingRule.MultifunctionDevice, ReferenceEquals(last, function)
                ? $"{sibling} and {function} are functions of one device that can reach each other: {acs.Of(function).Why}"
                : $"the way to the root complex goes through {last}, which shares a device with {sibling}, and the functions can reach "
                    + $"each other: {acs.Of(last).Why}");
        }

        return new(null, GroupingRule.NewGroup, NewGroupReason(function, last));
    }

    /// <summary>
    /// pci_scan_slot marks a function above 0 as one of several when pci_scan_single_device has returned; the notifier of the IOMMU core has run
    /// in it. Before that only the bit in its own header counts.
    /// </summary>
    private bool IsStillSingle(PciFunction function) =>
        function is { IsMultifunction: true, MultifunctionBit: false, Address.Rid.Function: > 0 }
        && atEnumeration.Contains(function.Address.Domain);

    private string NewGroupReason(PciFunction function, PciFunction last)
    {
        if (!ReferenceEquals(last, function))
        {
            return $"nothing up to {last} has a group yet: it starts one";
        }

        var above = topology.BridgeAbove(function);
        if (IsStillSingle(function))
        {
            return "its header has no multi-function bit, so that Linux takes it for a single function until it has been added, and since 6.15 it has "
                + "its group by then: not an isolation from its siblings";
        }

        return above is null
            ? function.IsMultifunction && acs.Of(function).IsEnabled
                ? $"it is on the root bus, and {acs.Of(function).Why}"
                : "it is on the root bus, and nothing shares its ID or device"
            : $"every port from {above} to the root complex isolates ({acs.Of(above).Why})";
    }

    /// <summary>get_pci_alias_group.</summary>
    private PciFunction? AliasGroup(PciFunction function, HashSet<byte> visited)
    {
        if (!visited.Add(function.Address.Rid.DeviceFunction))
        {
            return null;
        }

        if (hasGroup(function))
        {
            return function;
        }

        foreach (var other in topology.OnBusOf(function))
        {
            if (ReferenceEquals(other, function) || !DmaAliases.AreAliases(function, other))
            {
                continue;
            }

            if (AliasGroup(other, visited) is { } alias)
            {
                return alias;
            }

            if (FunctionGroup(other, visited) is { } sibling)
            {
                return sibling;
            }
        }

        return null;
    }

    /// <summary>get_pci_function_alias_group.</summary>
    private PciFunction? FunctionGroup(PciFunction function, HashSet<byte> visited)
    {
        if (!function.IsMultifunction || acs.Of(function).IsEnabled)
        {
            return null;
        }

        foreach (var other in topology.OnBusOf(function))
        {
            if (!ReferenceEquals(other, function)
                && other.Address.Rid.Device == function.Address.Rid.Device
                && !acs.Of(other).IsEnabled
                && AliasGroup(other, visited) is { } group)
            {
                return group;
            }
        }

        return null;
    }
}
