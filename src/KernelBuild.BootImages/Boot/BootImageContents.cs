namespace KernelBuild.BootImages.Boot;

/// <summary>What a new boot image is to hold; the defaults are mkbootimg's.</summary>
public sealed record BootImageContents
{
    /// <summary>0 to 4.</summary>
    public required uint HeaderVersion { get; init; }

    /// <summary>The kernel as it is to be stored, compressed or not; empty in an init_boot image, or one of a ramdisk alone.</summary>
    public ReadOnlyMemory<byte> Kernel { get; init; }

    /// <summary>The ramdisk as it is to be stored.</summary>
    public ReadOnlyMemory<byte> Ramdisk { get; init; }

    /// <summary>Versions 0 to 2.</summary>
    public ReadOnlyMemory<byte> Second { get; init; }

    /// <summary>Versions 1 and 2.</summary>
    public ReadOnlyMemory<byte> RecoveryDtbo { get; init; }

    /// <summary>Version 2, which must have one.</summary>
    public ReadOnlyMemory<byte> Dtb { get; init; }

    /// <summary>Version 0: a device-tree table for old bootloaders, whose size takes the place of the version.</summary>
    public ReadOnlyMemory<byte> DeviceTreeTable { get; init; }

    /// <summary>Version 4: the certificate of a generic kernel in its old place, counted by the header.</summary>
    public ReadOnlyMemory<byte> Signature { get; init; }

    /// <summary>The kernel command line, at most 1534 bytes of UTF-8 in versions 0 to 2, else 1535.</summary>
    public string CommandLine { get; init; } = "";

    /// <summary>The product name, at most 15 bytes of UTF-8; versions 0 to 2.</summary>
    public string Name { get; init; } = "";

    public OsVersion OsVersion { get; init; }

    /// <summary>2048, 4096, 8192 or 16384 bytes; null for 2048 in versions 0 to 2. Versions 3 and 4 always have 4096.</summary>
    public uint? PageSize { get; init; }

    /// <summary>Versions 0 to 2. The addresses of an empty ramdisk and of an empty second are written as 0.</summary>
    public BootAddresses Addresses { get; init; } = BootAddresses.Default;
}
