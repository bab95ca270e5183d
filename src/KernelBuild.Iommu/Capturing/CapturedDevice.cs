namespace KernelBuild.Iommu.Capturing;

/// <summary>A device of the platform as it was found.</summary>
/// <param name="Name">In sysfs: "15000000.iommu".</param>
/// <param name="Driver">Null when none is bound, or when that is not known.</param>
/// <param name="Group">The number of its IOMMU group; null when it has none, or when that is not known.</param>
public sealed record CapturedDevice(string Name, string? Driver, int? Group);
