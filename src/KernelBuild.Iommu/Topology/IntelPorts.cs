namespace KernelBuild.Iommu.Topology;

/// <summary>
/// Root ports of Intel's chipsets that isolate without the capability that the specification asks for. Source: drivers/pci/quirks.c,
/// pci_quirk_intel_pch_acs_ids and pci_quirk_intel_spt_pch_acs_match, the same in 5.10 to 7.2.
/// </summary>
internal static class IntelPorts
{
    private static readonly (ushort First, ushort Last)[] _withChipsetRegisters =
    [
        (0x3b42, 0x3b51), (0x1c10, 0x1c1f), (0x1e10, 0x1e1f), (0x8c10, 0x8c1f), (0x9c10, 0x9c1b), (0x9c90, 0x9c9b), (0x8d10, 0x8d1e),
    ];

    private static readonly (ushort First, ushort Last)[] _withWideRegisters =
    [
        (0xa110, 0xa11f), (0xa167, 0xa16a), (0xa290, 0xa29f), (0xa2e7, 0xa2ee), (0x9d10, 0x9d1b),
    ];

    /// <summary>Whether Linux sets and asks registers of the chipset about the isolation of a port of Intel's.</summary>
    public static bool HasChipsetRegisters(ushort device) => IsIn(_withChipsetRegisters, device)
        || device is (>= 0x1d10 and <= 0x1d1e or >= 0x8c90 and <= 0x8c9e) && device % 2 == 0;

    /// <summary>Whether the ACS capability of a function has registers of 32 bits: the control is at 8, where the specification has it at 6.</summary>
    public static bool HasWideRegisters(ushort vendor, ushort device, PciPortType? type) =>
        vendor == 0x8086 && type == PciPortType.RootPort && IsIn(_withWideRegisters, device);

    private static bool IsIn((ushort First, ushort Last)[] ranges, ushort device) =>
        Array.Exists(ranges, range => device >= range.First && device <= range.Last);
}
