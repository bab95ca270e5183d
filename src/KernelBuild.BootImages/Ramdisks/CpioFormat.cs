namespace KernelBuild.BootImages.Ramdisks;

/// <summary>
/// The "newc" form of cpio that initramfs has: a header of 110 ASCII characters (magic, then 13 numbers of eight hexadecimal digits),
/// the name with its NUL, the data; name and data padded with zeros to four bytes.
/// Source: Linux, Documentation/driver-api/early-userspace/buffer-format.rst.
/// </summary>
public static class CpioFormat
{
    public const int HeaderLength = 110;
    public const int NumberLength = 8;
    public const int Alignment = 4;

    /// <summary>An archive is filled with zeros to a multiple of this, as cpio and gen_init_cpio do.</summary>
    public const int BlockLength = 512;

    /// <summary>Longest name, NUL included: the kernel's PATH_MAX.</summary>
    public const int LongestName = 4096;

    public const string Trailer = "TRAILER!!!";

    public static ReadOnlySpan<byte> Magic => "070701"u8;

    /// <summary>The same with a sum of the data's bytes in the check field.</summary>
    public static ReadOnlySpan<byte> CrcMagic => "070702"u8;

    // Offsets of the numbers in the header
    public const int Inode = 6;
    public const int Mode = 14;
    public const int UserId = 22;
    public const int GroupId = 30;
    public const int LinkCount = 38;
    public const int ModificationTime = 46;
    public const int FileSize = 54;
    public const int DeviceMajor = 62;
    public const int DeviceMinor = 70;
    public const int RawDeviceMajor = 78;
    public const int RawDeviceMinor = 86;
    public const int NameSize = 94;
    public const int Check = 102;
}
