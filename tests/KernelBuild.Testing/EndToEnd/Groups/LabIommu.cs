namespace KernelBuild.Testing.EndToEnd.Groups;

/// <summary>The IOMMU of a machine that is booted.</summary>
public enum LabIommu
{
    /// <summary>QEMU's own: it translates, and its stream IDs are always the real requester IDs.</summary>
    SmmuV3,

    /// <summary>
    /// An SMMU-500 of which only the ID registers are there, as bytes in a hole of the memory: Linux's driver probes it and groups by its
    /// stream match registers. It translates nothing.
    /// </summary>
    StandIn,

    /// <summary>QEMU's virtio-iommu, a PCI function itself.</summary>
    Virtio,
}
