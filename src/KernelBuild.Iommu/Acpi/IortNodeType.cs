namespace KernelBuild.Iommu.Acpi;

/// <summary>Types of nodes of IORT. Source: Arm DEN 0049, IO Remapping Table, table 3.</summary>
public enum IortNodeType
{
    /// <summary>A group of interrupt translation services: where message interrupts end.</summary>
    ItsGroup = 0,

    /// <summary>A device of ACPI's namespace.</summary>
    NamedComponent = 1,

    /// <summary>The PCI host bridges of a segment.</summary>
    RootComplex = 2,

    /// <summary>SMMU versions 1 and 2.</summary>
    Smmu = 3,

    SmmuV3 = 4,

    /// <summary>Performance counters of an SMMUv3.</summary>
    PerformanceCounters = 5,

    /// <summary>Memory that devices reach before the system does anything.</summary>
    MemoryBeforeBoot = 6,
}
