namespace KernelBuild.BootImages.VendorBoot;

/// <summary>
/// Where the fields of a vendor_boot header are: byte offsets from the start of the image and sizes in bytes; little endian, packed.
/// Source: AOSP, system/tools/mkbootimg/include/bootimg/bootimg.h.
/// </summary>
public static class VendorBootFields
{
    public const int HeaderVersion = 8;
    public const int PageSize = 12;
    public const int KernelAddress = 16;
    public const int RamdiskAddress = 20;
    public const int RamdiskSize = 24;
    public const int CommandLine = 28;
    public const int CommandLineLength = 2048;
    public const int TagsAddress = 2076;
    public const int Name = 2080;
    public const int NameLength = 16;
    public const int HeaderSize = 2096;
    public const int DtbSize = 2100;
    public const int DtbAddress = 2104;
    public const int V3HeaderLength = 2112;

    // Version 4
    public const int TableSize = 2112;
    public const int TableEntryCount = 2116;
    public const int TableEntrySize = 2120;
    public const int BootConfigSize = 2124;
    public const int V4HeaderLength = 2128;

    // An entry of the ramdisk table
    public const int EntryLength = 108;
    public const int EntryRamdiskSize = 0;
    public const int EntryRamdiskOffset = 4;
    public const int EntryType = 8;
    public const int EntryName = 12;
    public const int EntryNameLength = 32;
    public const int EntryBoardId = 44;
    public const int EntryBoardIdWords = 16;

    public static ReadOnlySpan<byte> Magic => "VNDRBOOT"u8;

    /// <summary>Bytes of the header of a version, as its <c>header_size</c> field must say.</summary>
    /// <param name="version">3 or 4.</param>
    public static int HeaderLength(uint version) => version >= 4 ? V4HeaderLength : V3HeaderLength;
}
