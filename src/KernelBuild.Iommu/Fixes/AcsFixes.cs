using System.Globalization;
using KernelBuild.Iommu.Prediction;
using KernelBuild.Iommu.Topology;

namespace KernelBuild.Iommu.Fixes;

/// <summary>Fixes that switch ACS on where the hardware has it: it was requested too late on a device-tree boot before 7.0.</summary>
internal static class AcsFixes
{
    public static IEnumerable<GroupFix> Find(FixSituation situation)
    {
        var idle = situation.Topology.Functions.Where(IsIdle).ToArray();
        if (idle.Length == 0)
        {
            yield break;
        }

        var roots = situation.RootPorts
            .Where(root => root.HeaderType == 1 && idle.Any(function => situation.IsAtOrBelow(function, root)))
            .ToArray();
        if (roots.Length > 0)
        {
            var removed = BridgesOnRootBusesOf(situation, roots);
            yield return new GroupFix(
                "rescan",
                $"remove {string.Join(", ", removed.Select(root => root.Address))} and rescan: by then ACS has been requested",
                FixVerdict.EnforcedByHardware,
                "All devices behind the root ports are removed for a moment; this has to be done after every boot, before anything uses "
                + "them."
                + (removed.Length > roots.Length
                    ? " All ports are removed, including those without ACS: the rescan renumbers the buses, and a port that stayed would "
                        + "get another bus number."
                    : "") + AcsErrata.Warn(idle.Where(function => roots.Any(root => situation.IsAtOrBelow(function, root))),
                    situation.Options.Kernel, isSafe: false),
                situation.Predict(situation.Topology.Change(function =>
                    removed.Any(root => situation.IsAtOrBelow(function, root)) ? Enable(function) : function)),
                [new FixArtifact(
                    "shell",
                    string.Concat(removed.Select(root => $"echo 1 > /sys/bus/pci/devices/{root.Address}/remove\n"))
                    + "echo 1 > /sys/bus/pci/rescan\n")]);
        }

        var ports = idle.Where(function => situation.Members.Any(member => situation.IsAtOrBelow(member, function))).ToArray();
        if (ports.Length > 0 && !situation.Options.Kernel.GroupsAtEnumeration)
        {
            var changed = situation.Topology.Change(function => ports.Contains(function) ? AcsErrata.EnableSafely(function) : function);
            yield return new GroupFix(
                "setpci",
                $"switch ACS on at {string.Join(", ", ports.Select(port => port.Address))} with setpci, before the endpoints are bound",
                FixVerdict.EnforcedByHardware,
                "Has to be done after every boot, before any driver binds to the endpoints; the ports' own groups exist by then and stay."
                + AcsErrata.Warn(ports, situation.Options.Kernel, isSafe: true),
                GroupPredictor.Predict(situation.Tree, changed, situation.Options, portsBoundWith: situation.Topology),
                [new FixArtifact(
                    "shell",
                    string.Concat(ports.Select(port => string.Create(
                        CultureInfo.InvariantCulture,
                            $"setpci -s {port.Address} ECAP_ACS+6.w={(int)AcsErrata.EnableSafely(port).Acs!.Control:x}\n"))))]);
        }

        var relevant = idle.Where(function => roots.Any(root => situation.IsAtOrBelow(function, root))).ToArray();
        if (situation.Options.Kernel.HasConfigAcs && relevant.Length > 0)
        {
            var ids = relevant.Select(function => function.Id).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray();
            yield return new GroupFix(
                "config_acs",
                $"let the kernel's command line switch ACS on at {string.Join(", ", ids)}",
                FixVerdict.EnforcedByHardware,
                "Linux 6.11 and later; peer-to-peer traffic between devices goes through the root complex."
                + AcsErrata.Warn(relevant, situation.Options.Kernel, isSafe: true),
                situation.Predict(situation.Topology.Change(function =>
                    ids.Contains(function.Id, StringComparer.Ordinal) ? AcsErrata.EnableSafely(function) : function)),
                [new FixArtifact("command line", "pci=config_acs=" + string.Join(';', ids.Select(id =>
                    $"xx111x{(relevant.Any(port => port.Id == id && AcsErrata.HasBrokenSourceValidation(port)) ? 0 : 1)}@pci:{id}")))]);
        }

        // with ACPI it has always been requested in time: drivers/acpi/arm64/iort.c, iort_init_platform_devices
        if (!situation.Options.Kernel.RequestsAcsInTime && !situation.Tree.IsAcpi)
        {
            var series = situation.Options.Kernel.SeriesForAcs;
            yield return new GroupFix(
                "acs-on-device-tree",
                $"a kernel that requests ACS before it scans the bus: the series {series}, or Linux 7.0",
                FixVerdict.EnforcedByHardware,
                "A kernel to build; all ports with ACS are changed, not only this one." + AcsErrata.Warn(idle,
                    situation.Options.Kernel, isSafe: false),
                situation.Predict(situation.Topology.Change(Enable)),
                [new FixArtifact("patch series", series)]);
        }
    }

    /// <summary>
    /// All bridges of the root buses on which the given ones are, those included. pci_scan_bridge_extend of a host with
    /// PCI_REASSIGN_ALL_BUS (the generic host sets it) takes the bridges in the order of the bus's list, to whose end a new one comes: a
    /// bridge that stays gets the first number that a removed one left, and what is behind it appears at a second address.
    /// </summary>
    private static PciFunction[] BridgesOnRootBusesOf(FixSituation situation, PciFunction[] roots) =>
        [
            .. situation.Topology.Functions.Where(function =>
                function.HeaderType == 1 && situation.Topology.BridgeAbove(function) is null
                    && roots.Any(root => root.Address.Domain == function.Address.Domain)),
        ];

    /// <summary>Whether the function could isolate more than it does now.</summary>
    private static bool IsIdle(PciFunction function) => function.Acs is { } acs && acs.Enabled != acs;

    public static PciFunction Enable(PciFunction function) => function.Acs is { } acs ? function with { Acs = acs.Enabled } : function;
}
