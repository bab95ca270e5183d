namespace KernelBuild.Iommu.Topology;

/// <summary>
/// Vendors by the names that lspci writes without -n, as far as a kernel's quirks name devices of theirs. Source: pci.ids, the names of today and
/// those of older versions.
/// </summary>
internal static class PciVendorNames
{
    private static readonly (string Prefix, ushort Vendor)[] _names =
    [
        ("Advanced Micro Devices, Inc. [AMD/ATI]", 0x1002), ("ATI Technologies Inc", 0x1002), ("Advanced Micro Devices", 0x1022),
        ("Solarflare Communications", 0x1924), ("Intel Corporation", 0x8086), ("Qualcomm", 0x17cb), ("Guizhou Huaxintong", 0x1dbf),
        ("HXT Semiconductor", 0x1dbf), ("Emulex Corporation", 0x10df), ("ServerEngines Corp", 0x19a2), ("Cavium", 0x177d),
        ("Applied Micro Circuits", 0x10e8), ("Ampere Computing", 0x1def), ("Broadcom", 0x14e4), ("Loongson Technology", 0x0014),
        ("Annapurna Labs", 0x1c36), ("Amazon.com, Inc. Annapurna", 0x1c36), ("Zhaoxin", 0x1d17), ("Shanghai Zhaoxin", 0x1d17),
        ("Freescale Semiconductor", 0x1957), ("NXP Semiconductors", 0x1957), ("Beijing Wangxun", 0x8088), ("Wangxun", 0x8088),
    ];

    /// <summary>The vendor whose name a text begins with; null when it is none of these.</summary>
    public static ushort? Find(ReadOnlySpan<char> text)
    {
        foreach (var (prefix, vendor) in _names)
        {
            if (text.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            {
                return vendor;
            }
        }

        return null;
    }
}
