using System.Collections.Immutable;
using KernelBuild.Iommu.Topology;

namespace KernelBuild.Iommu.Prediction;

/// <summary>The ACS quirks of one kernel, in the order of its table, such as they were read out of its image.</summary>
/// <param name="Entries">The first entry whose handler applies decides (drivers/pci/quirks.c, pci_dev_specific_acs_enabled).</param>
public sealed record IsolationQuirkTable(ImmutableArray<IsolationQuirk> Entries)
{
    private const ushort Any = 0xffff;
    private const uint NetworkClass = 0x02;

    /// <summary>What the table says of the function; null when no entry decides.</summary>
    internal AcsVerdict? Match(PciFunction function, KernelVersion kernel)
    {
        foreach (var entry in Entries)
        {
            if ((entry.Vendor == Any || entry.Vendor == function.VendorId) && (entry.Device == Any || entry.Device == function.DeviceId)
                && Decide(entry.Handler, function, kernel) is { } isIsolated)
            {
                return new(
                    isIsolated,
                    $"it is declared {(isIsolated ? "" : "not ")}isolated by {entry.Handler}: an entry of this kernel's "
                        + $"pci_dev_acs_enabled[]");
            }
        }

        return null;
    }

    /// <summary>
    /// Whether an entry may declare the function isolated and the input does not say: its number is not known, or the handler asks chipset
    /// registers or tables of ACPI.
    /// </summary>
    internal bool MayName(PciFunction function, KernelVersion kernel) => Match(function, kernel) is null && Entries.Any(entry =>
        entry.Vendor == function.VendorId
        && (function.HasIds
            ? (entry.Device == Any || entry.Device == function.DeviceId) && AsksElsewhere(entry.Handler, function)
            : HasItsForm(entry.Handler, function)
                && (entry.Device == Any ? _devicesOfHandlers.GetValueOrDefault(entry.Handler, [0]) : [entry.Device]).Any(
                    device => function with { DeviceId = device } is var named
                        && (Decide(entry.Handler, named, kernel) == true || AsksElsewhere(entry.Handler, named)))));

    /// <summary>
    /// Handlers that want more than the configuration space of the function. Source: pci_quirk_intel_pch_acs_match, and pci_quirk_amd_sb_acs, which
    /// looks for IVRS.
    /// </summary>
    private static bool AsksElsewhere(string handler, PciFunction function) => handler switch
    {
        "pci_quirk_intel_pch_acs" => function.PortType == PciPortType.RootPort && IntelPorts.HasChipsetRegisters(function.DeviceId),
        "pci_quirk_amd_sb_acs" => function is { IsMultifunction: true, Address.Rid.Bus: 0 },
        _ => false,
    };

    /// <summary>
    /// The devices of a vendor are of many kinds. Handlers for ports name no others; those of endpoints name PCI Express functions of devices that
    /// have several, and of Intel's only network controllers.
    /// </summary>
    private static bool HasItsForm(string handler, PciFunction function) => handler switch
    {
        "pci_quirk_mf_endpoint_acs" or "pci_quirk_wangxun_nic_acs" => function is { IsMultifunction: true, IsBridge: false }
            && (function.PortType is not null || function.IsTypeUnknown) && (function.VendorId != 0x8086 || function.ClassCode >> 16 == NetworkClass),
        "pci_quirk_amd_sb_acs" => true,
        _ => function.IsBridge,
    };

    /// <summary>One device that each handler with conditions on the number declares isolated.</summary>
    private static readonly Dictionary<string, ushort[]> _devicesOfHandlers = new(StringComparer.Ordinal)
    {
        ["pci_quirk_cavium_acs"] = [0xa000],
        ["pci_quirk_zhaoxin_pcie_ports_acs"] = [0x0710],
        ["pci_quirk_wangxun_nic_acs"] = [0x0100],
        ["pci_quirk_intel_pch_acs"] = [0x8c10],
    };

    /// <summary>
    /// What a handler says of a function; null where it gives an error, and the next entry is asked. Those that want more than ids and port
    /// type (<see cref="AsksElsewhere"/>) have no opinion here, and neither have handlers that only a vendor knows. What
    /// pci_quirk_intel_spt_pch_acs says is what the function's registers say, read where Intel put them.
    /// </summary>
    private static bool? Decide(string handler, PciFunction function, KernelVersion kernel) => handler switch
    {
        "pci_quirk_mf_endpoint_acs" or "pci_quirk_qcom_rp_acs" or "pci_quirk_nxp_rp_acs" or "pci_quirk_xgene_acs" or "pci_quirk_brcm_acs"
            or "pci_quirk_loongson_acs" => true,
        "pci_quirk_al_acs" => function.PortType == PciPortType.RootPort ? true : null,
        "pci_quirk_cavium_acs" =>
            function.PortType == PciPortType.RootPort && function.DeviceId is (>= 0xa000 and <= 0xa7ff) or 0xaf84 or 0xb884 ? true : null,
        "pci_quirk_rciep_acs" => function.PortType == PciPortType.RootComplexEndpoint ? true : null,
        "pci_quirk_zhaoxin_pcie_ports_acs" => function.PortType is not (PciPortType.RootPort or PciPortType.DownstreamPort)
            ? null
            : function.DeviceId is (>= 0x0710 and <= 0x071e) or 0x0721 or (>= 0x0723 and <= 0x0752),
        "pci_quirk_wangxun_nic_acs" => function.DeviceId is (>= 0x0100 and <= 0x010f) or 0x1001 or 0x2001
            || (kernel >= new KernelVersion(6, 1) && function.DeviceId is 0x5010 or 0x5025 or 0x5040 or 0x5110 or 0x5125 or 0x5140),
        _ => null,
    };
}
