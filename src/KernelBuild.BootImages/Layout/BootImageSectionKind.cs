namespace KernelBuild.BootImages.Layout;

/// <summary>What a boot image is made of after its header, in the order of the file.</summary>
public enum BootImageSectionKind
{
    Kernel,
    Ramdisk,

    /// <summary>A second-stage bootloader; versions 0 to 2.</summary>
    Second,

    /// <summary>A device-tree overlay or ACPI table for recovery; versions 1 and 2.</summary>
    RecoveryDtbo,

    /// <summary>The device tree blob; version 2.</summary>
    Dtb,

    /// <summary>The certificate of a generic kernel image; version 4.</summary>
    Signature,

    /// <summary>
    /// A table of device trees (QCDT and the like) behind the second; in images for old bootloaders, whose header has the table's size
    /// where others have the version. Such images are read as version 0.
    /// </summary>
    DeviceTreeTable,
}
