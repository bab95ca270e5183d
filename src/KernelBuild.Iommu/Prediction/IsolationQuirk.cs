namespace KernelBuild.Iommu.Prediction;

/// <summary>An entry of a kernel's pci_dev_acs_enabled[].</summary>
/// <param name="Vendor">16 bits; 0xffff fits every vendor.</param>
/// <param name="Device">16 bits; 0xffff fits every device.</param>
/// <param name="Handler">The function that decides, such as pci_quirk_mf_endpoint_acs.</param>
public sealed record IsolationQuirk(ushort Vendor, ushort Device, string Handler);
