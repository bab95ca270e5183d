using System.Collections.Frozen;

namespace KernelBuild.Iommu.Topology;

/// <summary>
/// The names of classes that lspci writes without -nn, as far as grouping depends on them: bridges, and the host itself. Source: PCI Code
/// and ID Assignment Specification.
/// </summary>
internal static class PciClassNames
{
    private static readonly FrozenDictionary<string, uint> _classes = new Dictionary<string, uint>(StringComparer.OrdinalIgnoreCase)
    {
        ["Host bridge"] = 0x0600,
        ["ISA bridge"] = 0x0601,
        ["PCI bridge"] = 0x0604,
        ["PCMCIA bridge"] = 0x0605,
        ["CardBus bridge"] = 0x0607,
        ["Semi-transparent PCI-to-PCI bridge"] = 0x0609,
        ["InfiniBand to PCI host bridge"] = 0x060a,
        ["Bridge"] = 0x0680,
        ["IOMMU"] = 0x0806,
        ["Root Complex Event Collector"] = 0x0807,
        ["SATA controller"] = 0x0106,
        ["Non-Volatile memory controller"] = 0x0108,
        ["Ethernet controller"] = 0x0200,
        ["Network controller"] = 0x0280,
        ["VGA compatible controller"] = 0x0300,
        ["3D controller"] = 0x0302,
        ["Audio device"] = 0x0403,
        ["USB controller"] = 0x0c03,
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>16 bits, class and subclass; null for a name that is not among them.</summary>
    public static uint? Find(string name) => _classes.TryGetValue(name.Trim(), out var code) ? code : null;
}
