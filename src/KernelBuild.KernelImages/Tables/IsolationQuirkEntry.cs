namespace KernelBuild.KernelImages.Tables;

/// <summary>An entry of pci_dev_acs_enabled[]. Source: drivers/pci/quirks.c, struct pci_dev_acs_enabled.</summary>
/// <param name="Address">Of the entry.</param>
/// <param name="Vendor">16 bits; 0xffff (PCI_ANY_ID) fits every vendor.</param>
/// <param name="Device">16 bits; 0xffff (PCI_ANY_ID) fits every device.</param>
/// <param name="Handler">The function that decides, such as pci_quirk_mf_endpoint_acs.</param>
public sealed record IsolationQuirkEntry(ulong Address, ushort Vendor, ushort Device, string Handler);
