namespace KernelBuild.BootImages.VendorBoot;

/// <summary>One section of a vendor_boot image.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Offset">Where it starts, in bytes from the start of the image; a multiple of the page size.</param>
/// <param name="Content">Its bytes as stored.</param>
/// <param name="Padding">The bytes up to the next page; zeros in an image made by mkbootimg, shorter when the file ends early.</param>
public sealed record VendorBootSection(VendorBootSectionKind Kind, long Offset, ReadOnlyMemory<byte> Content, ReadOnlyMemory<byte> Padding)
{
    /// <summary>The sections that an image of a header version has, in the order of the file.</summary>
    /// <param name="version">3 or 4.</param>
    public static ReadOnlySpan<VendorBootSectionKind> KindsOf(uint version) => version >= 4
        ? [VendorBootSectionKind.Ramdisk, VendorBootSectionKind.Dtb, VendorBootSectionKind.RamdiskTable, VendorBootSectionKind.BootConfig]
        : [VendorBootSectionKind.Ramdisk, VendorBootSectionKind.Dtb];

    /// <summary>The name in messages and in JSON: vendor_ramdisk, dtb, vendor_ramdisk_table, bootconfig.</summary>
    public string Name => NameOf(Kind);

    public static string NameOf(VendorBootSectionKind kind) => kind switch
    {
        VendorBootSectionKind.Ramdisk => "vendor_ramdisk",
        VendorBootSectionKind.Dtb => "dtb",
        VendorBootSectionKind.RamdiskTable => "vendor_ramdisk_table",
        _ => "bootconfig",
    };
}
