using KernelBuild.Iommu.Topology;

namespace KernelBuild.Iommu.Prediction;

/// <summary>Which group pci_device_group gives a function.</summary>
/// <param name="Joined">The function whose group it takes; null for a new group.</param>
/// <param name="Rule">One of the steps of pci_device_group.</param>
/// <param name="Reason">One sentence.</param>
internal readonly record struct PciGroupChoice(PciFunction? Joined, GroupingRule Rule, string Reason);
