using System.Collections.Immutable;
using KernelBuild.BootImages.Boot;
using KernelBuild.BootImages.Layout;

namespace KernelBuild.BootImages.VendorBoot;

/// <summary>What a new vendor_boot image is to hold; the defaults are mkbootimg's.</summary>
public sealed record VendorBootContents
{
    /// <summary>3 or 4.</summary>
    public required uint HeaderVersion { get; init; }

    /// <summary>In the order of the section; version 3 has exactly one.</summary>
    public ImmutableArray<VendorRamdiskContents> Ramdisks { get; init; } = [];

    /// <summary>Needed in version 3.</summary>
    public ReadOnlyMemory<byte> Dtb { get; init; }

    /// <summary>Version 4: text without a trailer.</summary>
    public ReadOnlyMemory<byte> BootConfig { get; init; }

    /// <summary>At most 2047 bytes of UTF-8.</summary>
    public string CommandLine { get; init; } = "";

    /// <summary>At most 15 bytes of UTF-8.</summary>
    public string Name { get; init; } = "";

    /// <summary>2048, 4096, 8192 or 16384 bytes.</summary>
    public uint PageSize { get; init; } = PageSizes.Smallest;

    /// <summary>The second's address is not used.</summary>
    public BootAddresses Addresses { get; init; } = BootAddresses.Default;
}
