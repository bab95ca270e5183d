using System.Globalization;

namespace KernelBuild.Iommu.Prediction;

/// <summary>What a device's requests carry to the IOMMU.</summary>
/// <param name="Id">32 bits on SMMUv3, 16 on SMMUv2.</param>
/// <param name="Mask">SMMUv2: the bits that do not count; 0 elsewhere.</param>
public readonly record struct StreamId(uint Id, uint Mask = 0)
{
    /// <summary>Whether an IOMMU can take one for the other: they differ only in bits that one of the masks leaves out.</summary>
    public bool Meets(StreamId other) => ((Id ^ other.Id) & ~(Mask | other.Mask)) == 0;

    public override string ToString() => Mask == 0
        ? "0x" + Id.ToString("x", CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"0x{Id:x}/0x{Mask:x}");
}
