namespace KernelBuild.Iommu.Prediction;

/// <summary>Whether a function keeps requests apart, and why.</summary>
/// <param name="IsEnabled">The answer of pci_acs_enabled for all of SV, RR, CR and UF.</param>
/// <param name="Why">A clause, such as "its ACS control register is 0x0, and 0x1d is needed".</param>
internal readonly record struct AcsVerdict(bool IsEnabled, string Why);
