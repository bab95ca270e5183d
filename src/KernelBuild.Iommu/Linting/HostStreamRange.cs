using KernelBuild.Iommu.Binding;
using KernelBuild.Iommu.Prediction;

namespace KernelBuild.Iommu.Linting;

/// <summary>Stream IDs at an IOMMU.</summary>
/// <param name="Last">Included.</param>
/// <param name="Mask">SMMUv2: the bits that the SMMU does not look at.</param>
internal readonly record struct HostStreamRange(IommuProvider Provider, uint First, uint Last, uint Mask)
{
    /// <summary>The lowest stream ID that both have; null when there is none.</summary>
    public uint? Meets(HostStreamRange other) => !ReferenceEquals(Provider, other.Provider) ? null
        : First <= other.Last && other.First <= Last ? Math.Max(First, other.First)
        : null;

    /// <summary>The lowest stream ID of the range that a device has, too.</summary>
    public uint? Meets(StreamId stream)
    {
        var ignored = Mask | stream.Mask;
        if (ignored == 0)
        {
            return stream.Id >= First && stream.Id <= Last ? stream.Id : null;
        }

        for (var id = (ulong)First; id <= Last; id++)
        {
            if ((((uint)id ^ stream.Id) & ~ignored & 0xffff) == 0)
            {
                return (uint)id;
            }
        }

        return null;
    }
}
