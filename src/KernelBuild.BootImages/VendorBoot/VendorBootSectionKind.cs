namespace KernelBuild.BootImages.VendorBoot;

/// <summary>What a vendor_boot image is made of after its header, in the order of the file.</summary>
public enum VendorBootSectionKind
{
    /// <summary>All ramdisk fragments, one directly after another.</summary>
    Ramdisk,

    /// <summary>Device trees; a vendor's container or, in version 4, nothing at all.</summary>
    Dtb,

    /// <summary>Version 4: which fragments the ramdisk is made of.</summary>
    RamdiskTable,

    /// <summary>Version 4: text that the bootloader adds to the boot configuration.</summary>
    BootConfig,
}
