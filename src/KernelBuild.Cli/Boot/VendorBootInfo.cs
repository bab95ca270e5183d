namespace KernelBuild.Cli.Boot;

/// <summary>What a vendor_boot image says and holds.</summary>
internal sealed record VendorBootInfo
{
    public required uint HeaderVersion { get; init; }

    public required uint HeaderSize { get; init; }

    public required uint PageSize { get; init; }

    public required string Name { get; init; }

    public required string CommandLine { get; init; }

    public required AddressesInfo Addresses { get; init; }

    /// <summary>Sections that are not empty: vendor_ramdisk, dtb, vendor_ramdisk_table, bootconfig.</summary>
    public required IReadOnlyList<SectionInfo> Sections { get; init; }

    /// <summary>Empty in version 3.</summary>
    public required IReadOnlyList<FragmentInfo> Fragments { get; init; }

    /// <summary>Text of version 4; null when there is none.</summary>
    public required string? BootConfig { get; init; }
}
