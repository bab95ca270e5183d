using KernelBuild.Iommu.Topology;

namespace KernelBuild.Iommu.Capturing;

/// <summary>A PCI function as it was found.</summary>
/// <param name="Configuration">Its configuration space: 64, 256 or 4096 bytes, by who asked.</param>
/// <param name="Driver">Null when none is bound, or when that is not known.</param>
/// <param name="Group">The number of its IOMMU group; null when it has none, or when that is not known.</param>
public sealed record CapturedFunction(PciAddress Address, ReadOnlyMemory<byte> Configuration, string? Driver, int? Group)
{
    /// <summary>Null when the space is no function's.</summary>
    public PciFunction? Describe() => new ConfigSpace(Configuration.Span).Describe(Address) is { } function
        ? function with { Driver = Driver, RecordedGroup = Group }
        : null;
}
