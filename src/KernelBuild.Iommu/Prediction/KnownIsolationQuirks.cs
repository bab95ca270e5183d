using System.Collections.Immutable;
using KernelBuild.Iommu.Topology;

namespace KernelBuild.Iommu.Prediction;

/// <summary>
/// pci_dev_acs_enabled[] of Linux (drivers/pci/quirks.c): functions that it treats as isolated, or as not isolated, whatever their ACS
/// capability says, because their vendors say so. An asserted isolation. The tables are those of 5.10.223, 6.1.192, 6.12.117 and 7.2.13, of
/// which the last three are equal; a test compares them with the sources and with the kernels' images.
/// </summary>
internal static class KnownIsolationQuirks
{
    private const ushort Any = 0xffff;

    private static readonly IsolationQuirkTable _since61 = new(
    [
        .. Entries(0x1002, "pci_quirk_amd_sb_acs", 0x4385, 0x439c, 0x4383, 0x439d, 0x4384, 0x4399),
        .. Entries(0x1022, "pci_quirk_amd_sb_acs", 0x780f, 0x7809),
        .. Entries(0x1924, "pci_quirk_mf_endpoint_acs", 0x0903, 0x0923, 0x0a03),
        .. Entries(0x8086, "pci_quirk_mf_endpoint_acs", 0x10c6, 0x10db, 0x10dd, 0x10e1, 0x10f1, 0x10f7, 0x10f8, 0x10f9, 0x10fa, 0x10fb,
            0x10fc, 0x1507, 0x1514, 0x151c, 0x1529, 0x152a, 0x154d, 0x154f, 0x1551, 0x1558, 0x1509, 0x150e, 0x150f, 0x1510, 0x1511,
            0x1516, 0x1527, 0x10c9, 0x10e6, 0x10e7, 0x10e8, 0x150a, 0x150d, 0x1518, 0x1526, 0x10a7, 0x10a9, 0x10d6, 0x1521, 0x1522,
            0x1523, 0x1524, 0x105e, 0x105f, 0x1060, 0x10d9, 0x15b7, 0x15b8),
        .. Entries(0x8086, "pci_quirk_rciep_acs", Any),
        .. Entries(0x17cb, "pci_quirk_qcom_rp_acs", 0x0400, 0x0401),
        .. Entries(0x17cb, "pci_quirk_qcom_rp_acs", 0x0115, 0x0111, 0x0120),
        .. Entries(0x1dbf, "pci_quirk_qcom_rp_acs", 0x0401),
        .. Entries(0x8086, "pci_quirk_intel_pch_acs", Any),
        .. Entries(0x8086, "pci_quirk_intel_spt_pch_acs", Any),
        .. Entries(0x19a2, "pci_quirk_mf_endpoint_acs", 0x0710),
        .. Entries(0x10df, "pci_quirk_mf_endpoint_acs", 0x0720),
        .. Entries(0x177d, "pci_quirk_cavium_acs", Any),
        .. Entries(0x177d, "pci_quirk_mf_endpoint_acs", 0xa026, 0xa059, 0xa060),
        .. Entries(0x10e8, "pci_quirk_xgene_acs", 0xe004),
        .. Entries(0x1def, "pci_quirk_xgene_acs", 0xe005, 0xe006, 0xe007, 0xe008, 0xe009, 0xe00a, 0xe00b, 0xe00c),
        .. Entries(0x14e4, "pci_quirk_mf_endpoint_acs", 0x16d7, 0x1750, 0x1751, 0x1752),
        .. Entries(0x14e4, "pci_quirk_mf_endpoint_acs", 0x1760, 0x1761, 0x1762, 0x1763),
        .. Entries(0x14e4, "pci_quirk_brcm_acs", 0xd714),
        .. Entries(0x0014, "pci_quirk_loongson_acs", 0x3c09, 0x3c19, 0x3c29, 0x7a09, 0x7a19, 0x7a29, 0x7a39, 0x7a49, 0x7a59, 0x7a69),
        .. Entries(0x1c36, "pci_quirk_al_acs", 0x0031),
        .. Entries(0x1d17, "pci_quirk_mf_endpoint_acs", 0x3038, 0x3104, 0x9083),
        .. Entries(0x1957, "pci_quirk_nxp_rp_acs", 0x8d81, 0x8da1, 0x8d83, 0x8d80, 0x8da0, 0x8d82, 0x8d90, 0x8db0, 0x8d92, 0x8d91,
            0x8db1, 0x8d93, 0x8d89, 0x8da9, 0x8d8b, 0x8d88, 0x8da8, 0x8d8a, 0x8d98, 0x8db8, 0x8d9a, 0x8d99, 0x8db9, 0x8d9b),
        .. Entries(0x1d17, "pci_quirk_zhaoxin_pcie_ports_acs", Any),
        .. Entries(0x8088, "pci_quirk_wangxun_nic_acs", Any),
    ]);

    /// <summary>Entries that 5.10 does not have.</summary>
    private static readonly ImmutableHashSet<(ushort Vendor, ushort Device)> _later =
    [
        (0x17cb, 0x0115), (0x17cb, 0x0111), (0x17cb, 0x0120), (0x14e4, 0x1760), (0x14e4, 0x1761), (0x14e4, 0x1762), (0x14e4, 0x1763),
        .. _since61.Entries.Where(entry => entry.Handler == "pci_quirk_loongson_acs").Select(entry => (entry.Vendor, entry.Device)),
    ];

    private static readonly IsolationQuirkTable _until60 = new(
        [.. _since61.Entries.Where(entry => !_later.Contains((entry.Vendor, entry.Device)))]);

    /// <summary>The table of a version: of 5.10 before 6.1.</summary>
    public static IsolationQuirkTable Of(KernelVersion kernel) => kernel >= new KernelVersion(6, 1) ? _since61 : _until60;

    /// <summary>What the kernel's own table, or else this one, says of the function; null when no entry decides.</summary>
    public static AcsVerdict? Match(PciFunction function, PredictionOptions options) =>
        (options.KernelQuirks ?? Of(options.Kernel)).Match(function, options.Kernel);

    /// <summary>
    /// Whether an entry may declare the function isolated and the input does not say. A vendor that is not known is none of the table's: their
    /// names are.
    /// </summary>
    public static bool MayName(PciFunction function, PredictionOptions options) =>
        (options.KernelQuirks ?? Of(options.Kernel)).MayName(function, options.Kernel);

    private static IEnumerable<IsolationQuirk> Entries(ushort vendor, string handler, params ushort[] devices) =>
        devices.Select(device => new IsolationQuirk(vendor, device, handler));
}
