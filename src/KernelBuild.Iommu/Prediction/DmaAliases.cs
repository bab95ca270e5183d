using System.Collections.Immutable;
using KernelBuild.Iommu.Topology;

namespace KernelBuild.Iommu.Prediction;

/// <summary>
/// The requester IDs that a function's requests may carry (rule S3, DMA aliases). Source: drivers/pci/search.c, pci_for_each_dma_alias;
/// the lists: drivers/pci/quirks.c, quirk_dma_func0_alias, quirk_dma_func1_alias, quirk_mic_x200_dma_alias, quirk_pex_vca_alias,
/// quirk_plx_ntb_dma_alias, quirk_use_pcie_bridge_dma_alias. Two more need what is not in the header: Adaptec's by subsystem ID
/// and Switchtec's by its own registers.
/// </summary>
internal static class DmaAliases
{
    private static readonly ImmutableHashSet<uint> AlsoFunction0 = Ids(0x1180_e832, 0x1180_e476, 0x6766_3d40, 0x6766_3d41);

    private static readonly ImmutableHashSet<uint> AlsoFunction1 = Ids(
        0x1b4b_9120, 0x1b4b_9123, 0x1b4b_9125, 0x1b4b_9128, 0x1b4b_9130, 0x1b4b_9170, 0x1b4b_9172, 0x1b4b_917a, 0x1b4b_9182, 0x1b4b_9183,
        0x1b4b_91a0,
        0x1b4b_9215, 0x1b4b_9220, 0x1b4b_9230, 0x1b4b_9235, 0x1103_0642, 0x1103_0645, 0x197b_2392, 0x1c28_0122);

    private static readonly ImmutableHashSet<uint> X200 = Ids(0x8086_2260, 0x8086_2264);

    private static readonly ImmutableHashSet<uint> Vca = Ids(0x8086_2954, 0x8086_2955, 0x8086_2956, 0x8086_2958, 0x8086_2959, 0x8086_295a);

    private static readonly ImmutableHashSet<uint> WholeBus = Ids(0x10b5_87b0, 0x10b5_87b1);

    private static readonly ImmutableHashSet<uint> BridgesThatActAsPcie = Ids(
        0x1b21_1080, 0x10e3_8113, 0x1283_8892, 0x1283_8893, 0x8086_244e);

    private static readonly ImmutableHashSet<uint> TranslationRoots = Ids(0x14e4_9000, 0x14e4_9084);

    /// <summary>
    /// The function's own ID first, then those that bridges put in its place; with each, the function or bridge it comes from.
    /// </summary>
    public static List<(PciFunction Source, RequesterId Rid)> Of(PciTopology topology, PciFunction function)
    {
        var aliases = new List<(PciFunction, RequesterId)> { (function, function.Address.Rid) };
        foreach (var alias in SameBus(function))
        {
            aliases.Add((function, alias));
        }

        for (var bridge = topology.BridgeAbove(function); bridge is not null && !TranslationRoots.Contains(IdOf(bridge)); bridge =
            topology.BridgeAbove(bridge))
        {
            switch (bridge.PortType)
            {
                case PciPortType.PcieToPciBridge:
                    aliases.Add((bridge, new RequesterId(bridge.SecondaryBus!.Value, 0, 0)));
                    break;
                case PciPortType.PciToPcieBridge:
                    aliases.Add((bridge, bridge.Address.Rid));
                    break;
                case null:
                    aliases.Add(
                        (bridge, ActsAsPcie(topology, bridge) ? new RequesterId(bridge.SecondaryBus!.Value, 0, 0) : bridge.Address.Rid));
                    break;
                default:
                    // ports of PCI Express pass requester IDs on
                    break;
            }
        }

        return aliases;
    }

    /// <summary>Whether one function's requests may carry the other's ID. Source: drivers/pci/search.c, pci_devs_are_dma_aliases.</summary>
    public static bool AreAliases(PciFunction a, PciFunction b) =>
        SameBus(a).Any(alias => alias == b.Address.Rid) || SameBus(b).Any(alias => alias == a.Address.Rid);

    /// <summary>
    /// A bridge that does not say so and is one from PCI Express: never on the root bus, nor behind a bridge to conventional PCI.
    /// </summary>
    private static bool ActsAsPcie(PciTopology topology, PciFunction bridge) =>
        BridgesThatActAsPcie.Contains(IdOf(bridge))
            && topology.BridgeAbove(bridge) is { PortType: not (null or PciPortType.PcieToPciBridge) };

    private static IEnumerable<RequesterId> SameBus(PciFunction function)
    {
        var rid = function.Address.Rid;
        if (rid.Function != 0 && AlsoFunction0.Contains(IdOf(function)))
        {
            yield return new RequesterId(rid.Bus, rid.Device, 0);
        }

        if (rid.Function != 1 && AlsoFunction1.Contains(IdOf(function)))
        {
            yield return new RequesterId(rid.Bus, rid.Device, 1);
        }

        if (X200.Contains(IdOf(function)))
        {
            yield return new RequesterId(rid.Bus, 0x10, 0);
            yield return new RequesterId(rid.Bus, 0x11, 0);
            yield return new RequesterId(rid.Bus, 0x12, 3);
        }

        var (places, functions) = WholeBus.Contains(IdOf(function)) ? (256, 8) : Vca.Contains(IdOf(function)) ? (256, 5) : (0, 0);
        for (var place = 0; place < places; place++)
        {
            if ((place & 7) < functions)
            {
                yield return new RequesterId(rid.Bus, place >> 3, place & 7);
            }
        }
    }

    private static uint IdOf(PciFunction function) => ((uint)function.VendorId << 16) | function.DeviceId;

    private static ImmutableHashSet<uint> Ids(params uint[] ids) => [.. ids];
}
