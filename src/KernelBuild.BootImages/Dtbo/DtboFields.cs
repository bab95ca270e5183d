namespace KernelBuild.BootImages.Dtbo;

/// <summary>
/// Where the fields of a dtbo image are: byte offsets; big endian. Source: AOSP, system/libufdt/utils/src/dt_table.h.
/// </summary>
public static class DtboFields
{
    public const int HeaderLength = 32;
    public const int TotalSize = 4;
    public const int HeaderSize = 8;
    public const int EntrySize = 12;
    public const int EntryCount = 16;
    public const int EntriesOffset = 20;
    public const int PageSize = 24;
    public const int Version = 28;

    public const int EntryLength = 32;
    public const int TreeSize = 0;
    public const int TreeOffset = 4;
    public const int Id = 8;
    public const int Revision = 12;

    /// <summary>Four words; in version 1 the first holds flags.</summary>
    public const int Custom = 16;
    public const int CustomWords = 4;

    public const int DefaultPageSize = 2048;

    public static ReadOnlySpan<byte> Magic => [0xd7, 0xb7, 0xab, 0x1e];

    /// <summary>A table of ACPI overlays instead of device trees.</summary>
    public static ReadOnlySpan<byte> AcpiMagic => "ACPI"u8;
}
