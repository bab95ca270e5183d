using KernelBuild.Iommu.Topology;

namespace KernelBuild.Iommu.Reporting;

/// <summary>What a page shows beyond the groups themselves.</summary>
public sealed record HtmlPageOptions
{
    /// <summary>Names of devices and classes.</summary>
    public PciNames Names { get; init; } = PciNames.BuiltIn;

    /// <summary>The device that was asked for, by its name in sysfs: it is marked, and comes first. Null for none.</summary>
    public string? Device { get; init; }

    /// <summary>Whether changes whose isolation is only asserted are shown.</summary>
    public bool AcceptAsserted { get; init; }

    /// <summary>An svg element for the topology, as Graphviz draws <see cref="TopologyDot"/>; null where there is none.</summary>
    public string? Diagram { get; init; }
}
