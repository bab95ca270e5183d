namespace KernelBuild.Cli.Boot;

/// <summary>What a boot image says and holds.</summary>
internal sealed record BootImageInfo
{
    public required uint HeaderVersion { get; init; }

    /// <summary>As stored; 0 in version 0.</summary>
    public required uint HeaderSize { get; init; }

    public required uint PageSize { get; init; }

    /// <summary>"14.0.0", or null.</summary>
    public required string? OsVersion { get; init; }

    /// <summary>"2024-05", or null.</summary>
    public required string? OsPatchLevel { get; init; }

    /// <summary>The whole word of the header.</summary>
    public required uint OsVersionRaw { get; init; }

    public required string Name { get; init; }

    public required string CommandLine { get; init; }

    /// <summary>Versions 0 to 2, else null.</summary>
    public required AddressesInfo? Addresses { get; init; }

    public required IdInfo Id { get; init; }

    /// <summary>Sections that are not empty, in the order of the file.</summary>
    public required IReadOnlyList<SectionInfo> Sections { get; init; }

    /// <summary>What follows the last section; null when nothing does.</summary>
    public required SectionInfo? Tail { get; init; }

    /// <summary>Null when there is none, or when it cannot be decompressed.</summary>
    public required KernelInfo? Kernel { get; init; }

    /// <summary>Null when there is none, or when it cannot be read.</summary>
    public required RamdiskInfo? Ramdisk { get; init; }
}

/// <summary>Load addresses of the header.</summary>
internal sealed record AddressesInfo(uint Kernel, uint Ramdisk, uint Second, uint Tags, ulong Dtb);

/// <summary>The id of the header.</summary>
/// <param name="State">"absent", "zero", "matches SHA-1", "matches SHA-256", "matches nothing"; "not compared" when digests were not asked for.</param>
/// <param name="Value">64 hexadecimal digits, or null when absent.</param>
internal sealed record IdInfo(string State, string? Value);

/// <summary>A run of bytes in the file.</summary>
/// <param name="Name">kernel, ramdisk, second, recovery_dtbo, dtb, signature, tail.</param>
/// <param name="Sha256">Null when digests were not asked for.</param>
/// <param name="Compression">none, gzip, lz4-legacy, lz4, zstd, xz, lzma, bzip2.</param>
internal sealed record SectionInfo(string Name, long Offset, long Size, string Compression, string? Sha256);
