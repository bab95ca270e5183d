namespace KernelBuild.BootImages.Files;

/// <summary>What an image file is, seen from its magic.</summary>
public enum ImageKind
{
    /// <summary>None of those below; it may still carry AVB data.</summary>
    Unknown,

    /// <summary>boot.img, init_boot.img, recovery.img.</summary>
    Boot,

    /// <summary>vendor_boot.img, vendor_kernel_boot.img.</summary>
    VendorBoot,

    /// <summary>vbmeta.img, vbmeta_system.img.</summary>
    Vbmeta,

    /// <summary>dtbo.img.</summary>
    Dtbo,
}
