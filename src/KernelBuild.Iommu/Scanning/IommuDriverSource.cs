using System.Collections.Immutable;

namespace KernelBuild.Iommu.Scanning;

/// <summary>An IOMMU driver: a struct iommu_ops and what goes with it.</summary>
/// <param name="Operations">The struct's name.</param>
/// <param name="Place">Where it is defined.</param>
/// <param name="DeviceGroup">The function that groups; empty when there is none.</param>
/// <param name="DeviceGroupPlace">Where that function is defined, or else where it is named.</param>
/// <param name="Calls">
/// What the function asks or reads, of the names that matter: pci_device_group, iommu_group_alloc, "qcom,iommu-group".
/// </param>
/// <param name="Compatibles">What binds the driver, or chooses a variant of it.</param>
public sealed record IommuDriverSource(
    string Operations, SourcePlace Place, string DeviceGroup, SourcePlace DeviceGroupPlace, GroupingKind Kind, ImmutableArray<string> Calls,
    ImmutableArray<CompatibleSource> Compatibles);

/// <summary>A compatible in a driver's match table.</summary>
public sealed record CompatibleSource(string Compatible, SourcePlace Place);

/// <summary>A property of the device tree that a driver reads.</summary>
/// <param name="Property">Its name.</param>
/// <param name="Reader">The function that reads it, such as of_parse_phandle.</param>
/// <param name="Function">The driver's function around it; empty when it was not found.</param>
/// <param name="DecidesGroups">Whether devices are grouped by what it says.</param>
public sealed record PropertyReadSource(string Property, SourcePlace Place, string Reader, string Function, bool DecidesGroups);
