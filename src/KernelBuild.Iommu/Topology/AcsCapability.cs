namespace KernelBuild.Iommu.Topology;

/// <summary>A function's Access Control Services.</summary>
/// <param name="Offset">Of the extended capability in configuration space; 0 when unknown.</param>
/// <param name="Capability">What the hardware can do.</param>
/// <param name="Control">What is switched on.</param>
public sealed record AcsCapability(int Offset, AcsServices Capability, AcsServices Control)
{
    /// <summary>
    /// The capability with all that isolation needs switched on, as far as the hardware can. Source: drivers/pci/pci.c, pci_std_enable_acs.
    /// </summary>
    public AcsCapability Enabled => this with { Control = Control | (Capability & AcsServices.Isolation) };
}
