using System.Collections.Immutable;
using KernelBuild.Iommu.Topology;

namespace KernelBuild.Iommu.Prediction;

/// <summary>What a prediction assumes beyond tree and topology.</summary>
public sealed record PredictionOptions
{
    public KernelVersion Kernel { get; init; } = KernelVersion.Default;

    /// <summary>
    /// Functions that no driver is bound to: before 6.15 they have no group (rule S8, driver binding). All others are taken to have one, in
    /// the end vfio-pci, which is how groups are read for passthrough.
    /// </summary>
    public ImmutableHashSet<PciAddress> Unbound { get; init; } = [];

    /// <summary>
    /// Whether endpoints with a driver got their groups before the ports above them: so it is before 6.15 where those drivers are built
    /// into the kernel and fw_devlink.strict=1 is not on its command line. A port that does not isolate then stays apart from what is
    /// behind it, which is no isolation but an accident of the order.
    /// </summary>
    public bool EndpointsFirst { get; init; }

    /// <summary>
    /// Ids, "vvvv:dddd", that a patched kernel treats as isolated: entries added to pci_dev_acs_enabled[] (drivers/pci/quirks.c).
    /// </summary>
    public ImmutableHashSet<string> AddedQuirks { get; init; } = [];

    /// <summary>The ACS quirks of the kernel itself, read out of its image; null for those that are known of Linux.</summary>
    public IsolationQuirkTable? KernelQuirks { get; init; }

    /// <summary>A Qualcomm vendor kernel, whose arm-smmu looks at qcom,iommu-group first (of_get_device_group).</summary>
    public bool QualcommVendorKernel { get; init; }

    /// <summary>Host bridges by PCI domain, where counting them finds the wrong one; paths in the device tree.</summary>
    public ImmutableDictionary<uint, string> HostPaths { get; init; } = ImmutableDictionary<uint, string>.Empty;
}
