namespace KernelBuild.Iommu.Fixes;

/// <summary>How strong a fix's isolation is.</summary>
public enum FixVerdict
{
    /// <summary>The hardware keeps the devices apart: ports redirect, or the IOMMU sees different stream IDs.</summary>
    EnforcedByHardware,

    /// <summary>
    /// Linux is told that the devices are apart. They may still reach each other, or the property may not be true of the hardware.
    /// </summary>
    AssertedOnly,

    /// <summary>Nothing can be done.</summary>
    Impossible,

    /// <summary>Nothing can be said: what the group depends on was not captured.</summary>
    Unknown,

    /// <summary>No change is known that helps; that there is none is not proved.</summary>
    NothingKnown,
}
