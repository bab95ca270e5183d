namespace KernelBuild.Passthrough;

/// <summary>What is known of the wall around a guest's memory.</summary>
public enum IsolationVerdict
{
    /// <summary>No attempt was made with this function.</summary>
    NotShown,

    /// <summary>
    /// An attempt to leave the guest's memory was made with it, and blocked; the same attempt without an IOMMU succeeded.
    /// </summary>
    Enforced,

    /// <summary>An option of the kernel asserts that ports isolate; the hardware did not say so.</summary>
    Asserted,

    /// <summary>An attempt was made, and arrived.</summary>
    Broken,
}
