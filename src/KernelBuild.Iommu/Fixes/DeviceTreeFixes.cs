using System.Globalization;
using KernelBuild.DeviceTrees.Phandles;
using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Iommu.Binding;
using KernelBuild.Iommu.Prediction;
using KernelBuild.Iommu.Topology;

namespace KernelBuild.Iommu.Fixes;

/// <summary>Fixes that change the device tree and leave the kernel as it is.</summary>
internal static class DeviceTreeFixes
{
    public static IEnumerable<GroupFix> Find(FixSituation situation)
    {
        foreach (var host in Hosts(situation))
        {
            var map = situation.Options.Kernel.MapsByTarget ? host.ByTarget : host.FourCells;
            if (map is null)
            {
                continue;
            }

            if ((map.Mask & 0xffff) != 0xffff)
            {
                yield return Change(
                    situation, host.Node, DeviceTreeProperty.FromCells("iommu-map-mask", uint.MaxValue), "iommu-map-mask",
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"use every bit of the requester ID at {host.Path}: iommu-map-mask 0x{map.Mask:x} gives several devices the same "
                        + $"stream ID"),
                    FixVerdict.EnforcedByHardware,
                    "Only where the hardware really sends a stream ID for each function: check with the board's documentation, or watch "
                    + "for faults of unknown streams.");
            }

            if (Uncovered(situation, host, map) is { Count: > 0 } missing && Extend(map, missing, situation.Options.Kernel) is { } cells)
            {
                var programmed = QualcommHosts.IsProgrammedRight(host, situation.Options.Kernel);
                yield return Change(
                    situation, host.Node, DeviceTreeProperty.FromCells("iommu-map", cells), "iommu-map",
                    $"give {string.Join(", ", missing)} entries in {host.Path}:iommu-map",
                    programmed ? FixVerdict.EnforcedByHardware : FixVerdict.AssertedOnly,
                    programmed
                        ? "Linux programs the host bridge's table of stream IDs from these entries (pcie-qcom.c: "
                            + "qcom_pcie_config_sid_1_9_0), one entry for each function."
                        : "The stream IDs continue the map's own pattern; check with the board's documentation whether the hardware sends "
                            + "them.");
            }
        }

        foreach (var provider in situation.Tree.Providers.Where(provider =>
            provider.IsAvailable && !provider.IsCoherent && provider.CoherencyFollowsTree && situation.Options.Kernel.VfioNeedsCoherency
                && IsUsed(situation, provider)))
        {
            yield return Change(
                situation, provider.Node, DeviceTreeProperty.Empty("dma-coherent"), "dma-coherent",
                $"declare {provider.Path} coherent: without it vfio-pci fails with -22, whatever the groups are",
                FixVerdict.AssertedOnly,
                "Groups stay as they are. True only if the IOMMU's table walks snoop caches: this holds for recent SoCs, whose later trees "
                + "declare it; where it does not hold, memory is corrupted.");
        }
    }

    /// <summary>A change of one property, with the groups it gives and its texts.</summary>
    public static GroupFix Change(
        FixSituation situation, LocatedNode node, DeviceTreeProperty property, string name, string title, FixVerdict verdict, string cost)
    {
        var tree = situation.Tree.Index.Tree.WithProperty(node.Path, property);
        return new GroupFix(
            name, title, verdict, cost, situation.Predict(tree: new IommuTree(tree)),
            [
                new FixArtifact("overlay", DeviceTreePatchText.Overlay(node, property)),
                new FixArtifact("source", DeviceTreePatchText.Source(situation.Tree.Index, node, property)),
            ])
        {
            Tree = tree,
            Changes = [new TreeChange(node.Path, property)],
        };
    }

    private static IEnumerable<PciHost> Hosts(FixSituation situation) =>
        situation.Members.Select(member => member.Address.Domain).Distinct().Select(situation.HostOf).OfType<PciHost>();

    private static bool IsUsed(FixSituation situation, IommuProvider provider) =>
        situation.Before.Decisions.Any(decision =>
            ReferenceEquals(decision.Provider, provider) && decision is { Group: not null, IsCoherent: false }
                && (situation.Device is null || decision.Device == situation.Device));

    /// <summary>Requester IDs, of members or of what stands in for them, that no entry covers.</summary>
    private static List<RequesterId> Uncovered(FixSituation situation, PciHost host, IdMap map) =>
        [.. situation.Members.Where(member => ReferenceEquals(situation.HostOf(member.Address.Domain), host))
            .SelectMany(member => DmaAliases.Of(situation.Topology, member))
            .Select(alias => alias.Rid)
            .Distinct()
            .Where(rid =>
                !map.Entries.Any(entry =>
                    (rid.Value & map.Mask) >= entry.InputBase && (rid.Value & map.Mask) - entry.InputBase < entry.Length))
            .Order()];

    /// <summary>
    /// The map with entries of length 1 added, their stream IDs being the next unused ones or, where the map is linear, the pattern's.
    /// </summary>
    private static List<uint>? Extend(IdMap map, List<RequesterId> missing, KernelVersion kernel)
    {
        if (map.Entries.IsEmpty || map.Entries[0].Target is null || map.Entries.Any(entry => entry.Output.IsEmpty))
        {
            return null;
        }

        var cells = new List<uint>();
        foreach (var entry in map.Entries)
        {
            cells.AddRange([entry.InputBase, entry.Phandle, .. entry.Output, entry.Length]);
        }

        var first = map.Entries[0];
        var isLinear = map.Entries.All(entry => entry.Output[0] - entry.InputBase == first.Output[0] - first.InputBase);
        var next = map.Entries.Max(entry => entry.Output[0] + entry.Length);
        foreach (var rid in missing)
        {
            var stream = isLinear ? rid.Value + (first.Output[0] - first.InputBase) : next++;
            cells.AddRange([rid.Value, first.Phandle, stream, .. first.Output.Skip(kernel.MapsByTarget ? 1 : first.Output.Length), 1]);
        }

        return cells;
    }
}
