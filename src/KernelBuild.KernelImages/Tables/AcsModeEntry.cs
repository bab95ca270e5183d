namespace KernelBuild.KernelImages.Tables;

/// <summary>
/// An entry of pci_dev_enable_acs[]: devices that are put into an ACS-like mode of their own. Source: drivers/pci/quirks.c, struct
/// pci_dev_acs_ops.
/// </summary>
/// <param name="Address">Of the entry; of the call, where the compiler made code of the table.</param>
/// <param name="Vendor">16 bits.</param>
/// <param name="Device">16 bits; 0xffff fits every device.</param>
/// <param name="Enable">The function that enables it.</param>
/// <param name="DisableRedirect">The function that switches redirection off; empty where there is none.</param>
public sealed record AcsModeEntry(ulong Address, ushort Vendor, ushort Device, string Enable, string DisableRedirect);
