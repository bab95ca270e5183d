namespace KernelBuild.BootImages.Boot;

/// <summary>
/// Where the fields of a boot.img header are: byte offsets from the start of the image and sizes in bytes. All integers are
/// little endian, and the structures are packed: some 64-bit fields are unaligned.
/// Source: AOSP, system/tools/mkbootimg/include/bootimg/bootimg.h.
/// </summary>
public static class BootImageFields
{
    public static ReadOnlySpan<byte> Magic => "ANDROID!"u8;

    public const int HighestVersion = 4;

    /// <summary>The one field that every version has at the same place, and that says where the others are.</summary>
    public const int HeaderVersion = 40;

    // Versions 0 to 2
    public const int KernelSize = 8;
    public const int KernelAddress = 12;
    public const int RamdiskSize = 16;
    public const int RamdiskAddress = 20;
    public const int SecondSize = 24;
    public const int SecondAddress = 28;
    public const int TagsAddress = 32;
    public const int PageSize = 36;
    public const int OsVersion = 44;
    public const int Name = 48;
    public const int NameLength = 16;
    public const int CommandLine = 64;
    public const int CommandLineLength = 512;
    public const int Id = 576;
    public const int IdLength = 32;
    public const int ExtraCommandLine = 608;
    public const int ExtraCommandLineLength = 1024;
    public const int V0HeaderLength = 1632;

    /// <summary>Images for old bootloaders: bytes of the device-tree table, in the place of the version.</summary>
    public const int DeviceTreeTableSize = HeaderVersion;

    // Samsung's PXA header: version 0 with other places, recognised by an impossible page size in the usual place
    public const int PxaExtraSize = 32;
    public const int PxaUnknown = 36;
    public const int PxaTagsAddress = 40;
    public const int PxaPageSize = 44;
    public const int PxaName = 48;
    public const int PxaNameLength = 24;
    public const int PxaCommandLine = 72;
    public const int PxaId = 584;
    public const int PxaExtraCommandLine = 616;
    public const int PxaHeaderLength = 1640;
    public const uint SmallestPxaUnknown = 0x0200_0000;

    // Versions 1 and 2
    public const int RecoveryDtboSize = 1632;
    public const int RecoveryDtboOffset = 1636;
    public const int HeaderSize = 1644;
    public const int V1HeaderLength = 1648;

    // Version 2
    public const int DtbSize = 1648;
    public const int DtbAddress = 1652;
    public const int V2HeaderLength = 1660;

    // Versions 3 and 4
    public const int V3KernelSize = 8;
    public const int V3RamdiskSize = 12;
    public const int V3OsVersion = 16;
    public const int V3HeaderSize = 20;
    public const int V3Reserved = 24;
    public const int V3ReservedLength = 16;
    public const int V3CommandLine = 44;
    public const int V3CommandLineLength = 1536;
    public const int V3HeaderLength = 1580;

    /// <summary>Versions 3 and 4 have no page size field: it is fixed.</summary>
    public const int V3PageSize = 4096;

    // Version 4
    public const int V4SignatureSize = 1580;
    public const int V4HeaderLength = 1584;

    /// <summary>Bytes of the header of a version, as its <c>header_size</c> field must say from version 1 on.</summary>
    /// <param name="version">0 to 4.</param>
    public static int HeaderLength(uint version) => version switch
    {
        0 => V0HeaderLength,
        1 => V1HeaderLength,
        2 => V2HeaderLength,
        3 => V3HeaderLength,
        4 => V4HeaderLength,
        _ => throw new ArgumentOutOfRangeException(nameof(version), version, "boot image headers have the versions 0 to 4"),
    };

    /// <summary>
    /// Bytes of the longest command line of a version: each field keeps a NUL at its end, and versions 0 to 2 have two of them.
    /// Source: AOSP, mkbootimg.py, <c>parse_cmdline</c>.
    /// </summary>
    public static int LongestCommandLine(uint version) =>
        version < 3 ? CommandLineLength - 1 + ExtraCommandLineLength - 1 : V3CommandLineLength - 1;
}
