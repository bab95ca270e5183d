using System.Collections.Immutable;
using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Iommu.Topology;

namespace KernelBuild.Iommu.Fixes;

/// <summary>Fixes that tell Linux what the hardware does not do.</summary>
internal static class AssertedFixes
{
    private const string StillReachable =
        "Devices behind these ports can still reach each other without passing the IOMMU: a guest can attack devices behind the same "
        + "switch or functions of the same device.";

    public static IEnumerable<GroupFix> Find(FixSituation situation)
    {
        if (!situation.Tree.IsAcpi && BridgesUnmapped(situation) is { } unmapped)
        {
            yield return unmapped;
        }

        var silent = situation.Members
            .Where(member => member.PortType is PciPortType.RootPort or PciPortType.DownstreamPort && member.Acs is null && member.HasIds)
            .Select(member => member.Id).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray();
        foreach (var id in silent)
        {
            var split = id.Split(':');
            yield return new GroupFix(
                "acs-quirk",
                $"a kernel that treats {id} as isolated: an entry in pci_dev_acs_enabled[]",
                FixVerdict.AssertedOnly,
                "A kernel to build. Justified where the vendor states that each port is a root complex of its own, as upstream does for "
                + "Qualcomm's ports. " + StillReachable,
                situation.Predict(options: situation.Options with { AddedQuirks = situation.Options.AddedQuirks.Add(id) }),
                [new FixArtifact(
                    "source",
                    $"/* drivers/pci/quirks.c, pci_dev_acs_enabled[] */\n{{ 0x{split[0]}, 0x{split[1]}, pci_quirk_qcom_rp_acs }},\n")]);
        }

        var ports = situation.Topology.Functions
            .Where(function => function.PortType is PciPortType.RootPort or PciPortType.DownstreamPort || function.IsMultifunction)
            .Select(function => function.Id).ToImmutableHashSet();
        yield return new GroupFix(
            "acs-override",
            "a kernel with the ACS override patch, which is not in Linux, and pcie_acs_override=downstream,multifunction",
            FixVerdict.AssertedOnly,
            "A kernel to build, for all ports at once. " + StillReachable,
            situation.Predict(options: situation.Options with { AddedQuirks = situation.Options.AddedQuirks.Union(ports) }),
            [new FixArtifact("command line", "pcie_acs_override=downstream,multifunction")]);
    }

    /// <summary>A map without the requester IDs of bridges: then no group is there to be joined.</summary>
    private static GroupFix? BridgesUnmapped(FixSituation situation)
    {
        if (situation.Members.Select(member => member.Address.Domain).Distinct().ToArray() is not [var domain]
            || situation.HostOf(domain) is not { } host)
        {
            return null;
        }

        var map = situation.Options.Kernel.MapsByTarget ? host.ByTarget : host.FourCells;
        var bridges = situation.Members.Where(member => member.IsBridge).Select(member => (uint)member.Address.Rid.Value).Order().ToArray();
        if (map is null || map.Entries.Any(entry => entry.Output.IsEmpty) || bridges.Length == 0 || map.Mask != uint.MaxValue)
        {
            return null;
        }

        var cells = new List<uint>();
        foreach (var entry in map.Entries)
        {
            var from = (ulong)entry.InputBase;
            var end = from + entry.Length;
            foreach (var hole in bridges.Where(bridge => bridge >= from && bridge < end).Append(uint.MaxValue))
            {
                var to = hole == uint.MaxValue ? end : hole;
                if (to > from)
                {
                    cells.AddRange([
                        (uint)from, entry.Phandle, entry.Output[0] + (uint)(from - entry.InputBase), .. entry.Output.Skip(1),
                        (uint)(to - from),
                    ]);
                }

                from = (ulong)hole + 1;
            }
        }

        return DeviceTreeFixes.Change(
            situation, host.Node, DeviceTreeProperty.FromCells("iommu-map", cells), "bridges-unmapped",
            $"leave the bridges out of {host.Path}:iommu-map, so that they have no group that devices behind them could join",
            FixVerdict.AssertedOnly,
            "No kernel change. The bridges lose translation of their own requests and interrupts. " + StillReachable);
    }
}
