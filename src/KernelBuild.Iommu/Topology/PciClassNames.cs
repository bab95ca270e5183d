using System.Collections.Frozen;

namespace KernelBuild.Iommu.Topology;

/// <summary>
/// Names of classes as lspci writes them without -nn, and as people read them where pci.ids is not there. Source: PCI Code and ID
/// Assignment
/// Specification.
/// </summary>
internal static class PciClassNames
{
    private static readonly FrozenDictionary<uint, string> _names = new Dictionary<uint, string>
    {
        [0x0100] = "SCSI storage controller",
        [0x0101] = "IDE interface",
        [0x0104] = "RAID bus controller",
        [0x0106] = "SATA controller",
        [0x0107] = "Serial Attached SCSI controller",
        [0x0108] = "Non-Volatile memory controller",
        [0x0180] = "Mass storage controller",
        [0x0200] = "Ethernet controller",
        [0x0207] = "Infiniband controller",
        [0x0280] = "Network controller",
        [0x0300] = "VGA compatible controller",
        [0x0302] = "3D controller",
        [0x0380] = "Display controller",
        [0x0400] = "Multimedia video controller",
        [0x0401] = "Multimedia audio controller",
        [0x0403] = "Audio device",
        [0x0480] = "Multimedia controller",
        [0x0500] = "RAM memory",
        [0x0580] = "Memory controller",
        [0x0600] = "Host bridge",
        [0x0601] = "ISA bridge",
        [0x0604] = "PCI bridge",
        [0x0605] = "PCMCIA bridge",
        [0x0607] = "CardBus bridge",
        [0x0609] = "Semi-transparent PCI-to-PCI bridge",
        [0x060a] = "InfiniBand to PCI host bridge",
        [0x0680] = "Bridge",
        [0x0700] = "Serial controller",
        [0x0780] = "Communication controller",
        [0x0805] = "SD Host controller",
        [0x0806] = "IOMMU",
        [0x0807] = "Root Complex Event Collector",
        [0x0880] = "System peripheral",
        [0x0c00] = "FireWire (IEEE 1394)",
        [0x0c03] = "USB controller",
        [0x0c05] = "SMBus",
        [0x0d11] = "Bluetooth",
        [0x0d80] = "Wireless controller",
        [0x1000] = "Network and computing encryption device",
        [0x1080] = "Encryption controller",
        [0x1180] = "Signal processing controller",
        [0x1200] = "Processing accelerators",
    }.ToFrozenDictionary();

    private static readonly FrozenDictionary<string, uint> _classes =
        _names.ToFrozenDictionary(name => name.Value, name => name.Key, StringComparer.OrdinalIgnoreCase);

    /// <summary>16 bits, class and subclass; null for a name that is not among them.</summary>
    public static uint? Find(string name) => _classes.TryGetValue(name.Trim(), out var code) ? code : null;

    /// <summary>The name of 16 bits, class and subclass; null for one that is not among them.</summary>
    public static string? NameOf(uint code) => _names.GetValueOrDefault(code);
}
