namespace KernelBuild.KernelImages.Tables;

/// <summary>
/// A fixup that gives a PCI function further requester IDs. Source: drivers/pci/quirks.c; include/linux/pci.h, struct pci_fixup.
/// </summary>
/// <param name="Address">Of the fixup.</param>
/// <param name="Vendor">16 bits.</param>
/// <param name="Device">16 bits; 0xffff fits every device.</param>
/// <param name="Handler">The function, such as quirk_dma_func1_alias.</param>
public sealed record DmaAliasEntry(ulong Address, ushort Vendor, ushort Device, string Handler);
