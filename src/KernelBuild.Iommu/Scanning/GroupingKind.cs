namespace KernelBuild.Iommu.Scanning;

/// <summary>What a driver's device_group operation makes of a device.</summary>
public enum GroupingKind
{
    /// <summary>The driver has none: the core takes none of its devices.</summary>
    None,

    /// <summary>generic_device_group, or a group allocated for each device.</summary>
    EachDevice,

    /// <summary>generic_single_device_group, or a group that the driver keeps for each IOMMU.</summary>
    EachIommu,

    /// <summary>pci_device_group for PCI functions; others by themselves.</summary>
    PciRules,

    /// <summary>By stream match register first, then as <see cref="PciRules"/>.</summary>
    StreamMatch,

    /// <summary>A node of the device tree that the device refers to, a vendor's invention.</summary>
    GroupNode,

    /// <summary>A node of the device tree that lists the devices of one group, a vendor's invention.</summary>
    DomainNode,

    /// <summary>A rule of the driver's own, such as a table of regions or banks.</summary>
    Own,

    /// <summary>The function is not in the driver's file.</summary>
    Elsewhere,
}
