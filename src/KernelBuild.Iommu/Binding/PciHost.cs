using KernelBuild.DeviceTrees.Phandles;
using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Diagnostics;

namespace KernelBuild.Iommu.Binding;

/// <summary>A PCI host bridge of the device tree; its node alone decides for all devices behind it (rule S1, describing node).</summary>
/// <param name="Node">With device_type = "pci", or a map and PCI's addresses, not below another such node.</param>
/// <param name="FourCells">The map as Linux up to 6.12 reads it; null when there is none or it is wrong.</param>
/// <param name="FourCellsError">Why it cannot be read so.</param>
/// <param name="ByTarget">The map as Linux 7.2 reads it.</param>
/// <param name="ByTargetError">Why it cannot be read so.</param>
public sealed record PciHost(LocatedNode Node, IdMap? FourCells, Diagnostic? FourCellsError, IdMap? ByTarget, Diagnostic? ByTargetError)
{
    public string Path => Node.Path;

    /// <summary>The domain that the tree asks for; null when Linux counts. Source: drivers/of/of_pci.c, of_get_pci_domain_nr.</summary>
    public uint? Domain => Node.Node.Number("linux,pci-domain");

    /// <summary>
    /// The first bus of its <c>bus-range</c>, which Linux scans as the root bus; 0 without one. Source: pci_parse_request_of_pci_ranges.
    /// </summary>
    public byte RootBus => (byte)(Node.Node.TryGetProperty("bus-range", out var range) && range.Value.Length >= 4 ? range.Value.Span[3]
        : 0);

    /// <summary>
    /// Whether the map is one that the bootloader fills in: U-Boot on NXP's Layerscape, drivers/pci/pcie_layerscape_fixup.c, and in the
    /// trees of
    /// Linux "Fixed-up by bootloader".
    /// </summary>
    public bool IsPlaceholder => FourCells is { Mask: uint.MaxValue, Entries: [{ InputBase: 0, Length: <= 1, Output: [0] }] }
        && Node.Node.Strings("compatible").Any(compatible =>
            compatible.StartsWith("fsl,l", StringComparison.Ordinal) && compatible.EndsWith("-pcie", StringComparison.Ordinal));

    public bool HasMap => Node.Node.HasProperty("iommu-map");
}
