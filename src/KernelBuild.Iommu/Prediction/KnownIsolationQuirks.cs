using System.Collections.Frozen;
using KernelBuild.Iommu.Topology;

namespace KernelBuild.Iommu.Prediction;

/// <summary>
/// Functions that Linux treats as isolated without an ACS capability, because their vendors say so: the entries of
/// drivers/pci/quirks.c, pci_dev_acs_enabled[], that can occur on arm64. An asserted isolation.
/// </summary>
internal static class KnownIsolationQuirks
{
    /// <summary>
    /// Root ports of SoCs, each its own root complex. pci_quirk_qcom_rp_acs, pci_quirk_xgene_acs, pci_quirk_al_acs, pci_quirk_nxp_rp_acs,
    /// pci_quirk_cavium_acs.
    /// </summary>
    private static readonly FrozenSet<uint> RootPorts = ((uint[])
    [
        0x17cb_0400, 0x17cb_0401, 0x10e8_e004, 0x1c36_0031, 0x1dbf_0401,
        0x1def_e005, 0x1def_e006, 0x1def_e007, 0x1def_e008, 0x1def_e009, 0x1def_e00a, 0x1def_e00b, 0x1def_e00c, 0x1def_e00d,
        .. Enumerable.Range(0x8d80, 0x24).Select(device => 0x1957_0000u | (uint)device),
    ]).ToFrozenSet();

    /// <summary>Later additions: Hamoa, SA8775P and Glymur root ports (in 7.x).</summary>
    private static readonly FrozenSet<uint> LaterRootPorts = ((uint[])[0x17cb_0111, 0x17cb_0115, 0x17cb_0120]).ToFrozenSet();

    /// <summary>Multifunction endpoints whose functions cannot reach each other. pci_quirk_mf_endpoint_acs.</summary>
    private static readonly FrozenSet<uint> Endpoints = ((uint[])
    [
        .. Intel(
            0x10c6, 0x10db, 0x10dd, 0x10e1, 0x10f1, 0x10f7, 0x10f8, 0x10f9, 0x10fa, 0x10fb, 0x10fc, 0x1507, 0x1514, 0x151c, 0x1529, 0x152a,
            0x154d, 0x154f, 0x1551, 0x1558),
        .. Intel(0x1509, 0x150e, 0x150f, 0x1510, 0x1511, 0x1516, 0x1527, 0x10c9, 0x10e6, 0x10e7, 0x10e8, 0x150a, 0x150d, 0x1518, 0x1526),
        .. Intel(0x10a7, 0x10a9, 0x10d6, 0x1521, 0x1522, 0x1523, 0x1524, 0x105e, 0x105f, 0x1060, 0x10d9, 0x15b7, 0x15b8),
        0x1924_0903, 0x1924_0923, 0x1924_0a03, 0x19a2_0710, 0x10df_0720,
        0x14e4_16d7, 0x14e4_1750, 0x14e4_1751, 0x14e4_1752,
    ]).ToFrozenSet();

    /// <summary>Whether the kernel's own table, or else this one, treats the function as isolated; null when no entry matches.</summary>
    public static string? Match(PciFunction function, PredictionOptions options) =>
        options.KernelQuirks is { } own ? own.Match(function) : Match(function, options.Kernel);

    private static string? Match(PciFunction function, KernelVersion kernel)
    {
        var id = ((uint)function.VendorId << 16) | function.DeviceId;
        if (function is { VendorId: 0x8086, PortType: PciPortType.RootComplexEndpoint })
        {
            return "pci_quirk_rciep_acs: any Intel root-complex endpoint";
        }

        if (function.PortType == PciPortType.RootPort
            && (RootPorts.Contains(id) || (kernel.RequestsAcsInTime && LaterRootPorts.Contains(id))))
        {
            return "an entry of pci_dev_acs_enabled[]: root ports that are root complexes of their own";
        }

        return Endpoints.Contains(id) ? "pci_quirk_mf_endpoint_acs" : null;
    }

    private static uint[] Intel(params uint[] devices) => [.. devices.Select(device => 0x8086_0000 | device)];
}
