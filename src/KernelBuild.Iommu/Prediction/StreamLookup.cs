using System.Collections.Immutable;
using System.Globalization;
using KernelBuild.DeviceTrees.Phandles;
using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Iommu.Binding;
using KernelBuild.Iommu.Topology;

namespace KernelBuild.Iommu.Prediction;

/// <summary>
/// From requester IDs to an IOMMU and stream IDs (rules S1 and S2, describing node and ID mapping). Source: drivers/of/base.c, of_map_id;
/// drivers/iommu/of_iommu.c, of_pci_iommu_init.
/// </summary>
internal static class StreamLookup
{
    public const string Source = "drivers/iommu/of_iommu.c: of_iommu_configure";

    /// <summary>The streams of a PCI function; a failure when any of its aliases is not covered.</summary>
    public static StreamResult OfPci(
        IommuTree tree, PciHost? host, List<(PciFunction Source, RequesterId Rid)> aliases, KernelVersion kernel)
    {
        if (host is null)
        {
            return StreamResult.Failed(
                GroupingRule.DescribingNode,
                tree.IsIort ? "IORT has no root complex for this PCI segment" : "the device tree has no host bridge for this PCI domain");
        }

        var (map, error) = kernel.MapsByTarget ? (host.ByTarget, host.ByTargetError) : (host.FourCells, host.FourCellsError);
        if (error is not null)
        {
            return StreamResult.Failed(GroupingRule.IdMapping, $"{error.Message}: \"Bad iommu-map length\", -22");
        }

        if (map is null)
        {
            return StreamResult.Failed(GroupingRule.DescribingNode, tree.IsIort ? $"{host.Path} has no ID mapping"
                : host.Node.Node.HasProperty("iommus")
                ? $"the host bridge {host.Path} has iommus, which is for the bridge itself, and no iommu-map, which is for the devices "
                    + $"behind it"
                : $"the host bridge {host.Path} has no iommu-map, and Linux does not look at the nodes below it");
        }

        if (tree.BehindItself(host, map) is var (own, ownRid))
        {
            // booted: ports have no group, and functions that are bound after the deferred probe's timeout have one
            return StreamResult.Failed(GroupingRule.NotModelled, string.Create(
                CultureInfo.InvariantCulture,
                $"unknown, because {host.Path}:iommu-map covers the ID 0x{ownRid:x} of the IOMMU {own.Path} itself, which then waits for itself; "
                + $"the running kernel tells: find /sys/kernel/iommu_groups -type l"));
        }

        // ACPI's tables have mappings where a device tree has maps
        var name = tree.IsIort ? $"the ID mappings of {host.Path}" : $"{host.Path}:iommu-map";
        var streams = ImmutableArray.CreateBuilder<StreamId>(aliases.Count);
        var places = ImmutableArray.CreateBuilder<(LocatedNode, uint)>(aliases.Count);
        IommuProvider? provider = null;
        foreach (var (_, rid) in aliases)
        {
            var masked = rid.Value & map.Mask;
            var entry = Find(map, masked, kernel.MapsByTarget && !tree.IsIort, out var wrong);
            if (wrong is not null)
            {
                return StreamResult.Failed(GroupingRule.IdMapping, $"{name} {wrong}");
            }

            if (entry is null)
            {
                return StreamResult.Failed(GroupingRule.IdMapping, string.Create(
                    CultureInfo.InvariantCulture,
                    $"no entry of {name} covers {rid} "
                    + $"(0x{rid.Value:x}{(map.Mask == uint.MaxValue ? "" : $", masked 0x{masked:x}")}): \"no iommu-map translation\", so "
                    + $"Linux treats it as having no IOMMU"));
            }

            if (entry.Target is null)
            {
                return StreamResult.Failed(
                    GroupingRule.IdMapping,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{name} refer{(tree.IsIort ? "" : "s")} to the phandle 0x{entry.Phandle:x}, which no node has: -19"));
            }

            provider = tree.Provider(entry.Target);
            if (provider is null)
            {
                return StreamResult.Failed(
                    GroupingRule.IdMapping,
                    tree.IsIort ? $"{name} lead to {entry.Target.Path}, which is no SMMU"
                        : $"{name} refers to {entry.Target.Path}, which is not an IOMMU: it has no #iommu-cells");
            }

            if (!provider.IsAvailable)
            {
                return StreamResult.Failed(GroupingRule.IdMapping, $"the IOMMU {provider.Path} is disabled in the device tree");
            }

            if (kernel.MapsByTarget && entry is { Length: > 1, Output.Length: > 1 })
            {
                return StreamResult.Failed(GroupingRule.IdMapping, string.Create(
                    CultureInfo.InvariantCulture,
                    $"{name} has an entry of {entry.Length} IDs at 0x{entry.InputBase:x} for an IOMMU with {entry.Output.Length} cells: "
                    + $"\"cannot handle {entry.Length}-ID range with {entry.Output.Length}-cell output specifier\", -22"));
            }

            var first = entry.Output.IsEmpty ? 0 : entry.Output[0];
            streams.Add(Stream(provider, masked - entry.InputBase + first, entry.Output.Length > 1 ? entry.Output[1] : null));
            places.Add((provider.Node, streams[^1].Id));
        }

        return new StreamResult(provider, streams.ToImmutable(), GroupingRule.IdMapping, "") { Places = places.ToImmutable() };
    }

    /// <summary>The streams of a device of the platform: its own <c>iommus</c>, element by element.</summary>
    public static StreamResult OfPlatform(IommuTree tree, PlatformMaster master)
    {
        if (master.Error is not null)
        {
            return StreamResult.Failed(GroupingRule.IdMapping, master.Error.Message);
        }

        var streams = ImmutableArray.CreateBuilder<StreamId>(master.Iommus.Length);
        var places = ImmutableArray.CreateBuilder<(LocatedNode, uint)>(master.Iommus.Length);
        IommuProvider? first = null;
        foreach (var iommu in master.Iommus)
        {
            if (tree.Provider(iommu.Target) is not { } provider)
            {
                return StreamResult.Failed(GroupingRule.IdMapping, $"{master.Path}:iommus has an empty element");
            }

            if (!provider.IsAvailable)
            {
                return StreamResult.Failed(GroupingRule.IdMapping, $"the IOMMU {provider.Path} is disabled in the device tree");
            }

            first ??= provider;
            if (iommu.Cells.Length > 0)
            {
                places.Add((provider.Node, iommu.Cells[0]));
            }

            if (ReferenceEquals(first, provider) && iommu.Cells.Length > 0)
            {
                streams.Add(Stream(provider, iommu.Cells[0], iommu.Cells.Length > 1 ? iommu.Cells[1] : null));
            }
        }

        return first is null
            ? StreamResult.Failed(GroupingRule.IdMapping, $"{master.Path}:iommus is empty")
            : new StreamResult(first, streams.ToImmutable(), GroupingRule.IdMapping, "") { Places = places.ToImmutable() };
    }

    private static StreamId Stream(IommuProvider provider, uint id, uint? mask) =>
        provider.Kind == IommuKind.Smmu ? new StreamId(id & 0xffff, (mask ?? provider.StreamMatchMask) & 0xffff) : new StreamId(id);

    private static IdMapEntry? Find(IdMap map, uint id, bool asksTargets, out string? wrong)
    {
        wrong = null;
        foreach (var entry in map.Entries)
        {
            if ((entry.InputBase & ~map.Mask) != 0)
            {
                wrong = string.Create(
                    CultureInfo.InvariantCulture,
                    $"has an entry whose first ID 0x{entry.InputBase:x} has bits outside the mask 0x{map.Mask:x}: -14 for all devices");
                return null;
            }

            // 7.x has to know how many cells the target takes before it looks further
            if ((id >= entry.InputBase && id - entry.InputBase < entry.Length) || (entry.Target is null && asksTargets))
            {
                return entry;
            }
        }

        return null;
    }
}
