namespace KernelBuild.Iommu.Curing;

/// <summary>What a cure's isolation is worth.</summary>
public enum CureVerdict
{
    /// <summary>The hardware keeps the devices apart: ports redirect, or the IOMMU sees different stream IDs.</summary>
    EnforcedByHardware,

    /// <summary>Linux is told that the devices are apart. They may still reach each other, or the property may not be true of the hardware.</summary>
    AssertedOnly,

    /// <summary>Nothing can be done.</summary>
    Impossible,
}
