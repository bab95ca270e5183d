namespace KernelBuild.Iommu.Topology;

/// <summary>The Device/Port Type field of the PCI Express capability. Source: PCI Express Base Specification, 7.5.3.2.</summary>
public enum PciPortType
{
    Endpoint = 0,
    LegacyEndpoint = 1,
    RootPort = 4,
    UpstreamPort = 5,
    DownstreamPort = 6,

    /// <summary>A bridge from PCI Express down to conventional PCI: all behind it share one requester ID.</summary>
    PcieToPciBridge = 7,

    /// <summary>A bridge from conventional PCI down to PCI Express.</summary>
    PciToPcieBridge = 8,
    RootComplexEndpoint = 9,
    RootComplexEventCollector = 10,
}
