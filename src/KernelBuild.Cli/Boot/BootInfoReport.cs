using KernelBuild.Cli.CommandLine;

namespace KernelBuild.Cli.Boot;

/// <summary>
/// The JSON document of <c>boot info --json</c>. Members are added, never renamed or removed, while the format version stays.
/// </summary>
internal sealed record BootInfoReport(IReadOnlyList<BootFileInfo> Files) : JsonReport;

/// <summary>One file of the command line.</summary>
internal sealed record BootFileInfo(string File)
{
    /// <summary>Bytes; null when the file could not be read.</summary>
    public long? Size { get; init; }

    public string? Sha256 { get; init; }

    /// <summary>boot, vendor_boot, vbmeta, dtbo, unknown; null when nothing could be read.</summary>
    public string? Kind { get; init; }

    /// <summary>What stands in front of the image, such as dhtb_header; null as a rule.</summary>
    public string? Wrapper { get; init; }

    /// <summary>Null when there is no AVB metadata that can be read.</summary>
    public KernelBuild.Cli.Images.AvbInfo? Avb { get; init; }

    /// <summary>The signature of Android 5 to 7; null when there is none that can be read.</summary>
    public KernelBuild.Cli.Images.Avb1Info? Avb1 { get; init; }

    /// <summary>Null when it is no vendor_boot image.</summary>
    public VendorBootInfo? VendorBoot { get; init; }

    /// <summary>Null when the file is no boot image that can be read; a finding says why.</summary>
    public BootImageInfo? Image { get; init; }

    public required IReadOnlyList<FindingInfo> Findings { get; init; }
}

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
/// <param name="State">
/// "absent", "zero", "matches SHA-1", "matches SHA-256", "matches nothing"; "not compared" when digests were not asked for.
/// </param>
/// <param name="Value">64 hexadecimal digits, or null when absent.</param>
internal sealed record IdInfo(string State, string? Value);

/// <summary>A run of bytes in the file.</summary>
/// <param name="Name">kernel, ramdisk, second, recovery_dtbo, dtb, signature, tail.</param>
/// <param name="Sha256">Null when digests were not asked for.</param>
/// <param name="Compression">none, gzip, lz4-legacy, lz4, zstd, xz, lzma, bzip2.</param>
internal sealed record SectionInfo(string Name, long Offset, long Size, string Compression, string? Sha256);

/// <summary>The kernel after decompression.</summary>
/// <param name="Size">Bytes.</param>
/// <param name="Sha256">Of these bytes; null when digests were not asked for.</param>
/// <param name="TrailingBytes">Bytes behind the compressed stream in the section, such as appended device trees.</param>
/// <param name="Banner">"Linux version …", or null.</param>
/// <param name="Arm64">Null when it is no arm64 Image.</param>
internal sealed record KernelInfo(long Size, string? Sha256, long TrailingBytes, string? Banner, Arm64Info? Arm64);

/// <summary>The header of an arm64 Image.</summary>
/// <param name="Endianness">"little" or "big".</param>
/// <param name="PageSize">4096, 16384, 65536, or null when it does not say.</param>
/// <param name="Placement">"anywhere" or "near the start of memory".</param>
internal sealed record Arm64Info(ulong TextOffset, ulong ImageSize, string Endianness, int? PageSize, string Placement);

/// <summary>The ramdisk after decompression.</summary>
/// <param name="Size">Bytes.</param>
/// <param name="Sha256">Of these bytes; null when digests were not asked for.</param>
/// <param name="Archives">How many cpio archives it is made of.</param>
/// <param name="EntryCount">Entries in all of them.</param>
/// <param name="Files">Regular files among them.</param>
/// <param name="Directories">Directories among them.</param>
/// <param name="SymbolicLinks">Symbolic links among them.</param>
/// <param name="Others">Device nodes, pipes and sockets among them.</param>
/// <param name="Entries">With --list, else null.</param>
internal sealed record RamdiskInfo(
    long Size, string? Sha256, int Archives, int EntryCount, int Files, int Directories, int SymbolicLinks, int Others,
    IReadOnlyList<RamdiskEntryInfo>? Entries)
{
    /// <summary>The streams that it is made of: one as a rule.</summary>
    public required IReadOnlyList<RamdiskStreamInfo> Streams { get; init; }
}

/// <summary>One stream of a ramdisk.</summary>
/// <param name="Offset">Bytes from the start of the file.</param>
/// <param name="Size">Bytes as stored.</param>
/// <param name="Compression">none, gzip, lz4-legacy and so on.</param>
/// <param name="Archives">How many cpio archives are in it.</param>
/// <param name="EntryCount">Entries in all of them.</param>
internal sealed record RamdiskStreamInfo(long Offset, long Size, string Compression, int Archives, int EntryCount);

/// <summary>An entry of the ramdisk.</summary>
/// <param name="Mode">Octal, type included: "100755".</param>
/// <param name="Size">Bytes of the file or of the link's target.</param>
/// <param name="Target">Of a symbolic link, else null.</param>
internal sealed record RamdiskEntryInfo(string Path, string Mode, uint UserId, uint GroupId, long Size, string? Target);

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

/// <summary>A ramdisk fragment of a vendor_boot image.</summary>
/// <param name="Name">As stored; may be empty.</param>
/// <param name="Type">none, platform, recovery, dlkm, or a number.</param>
/// <param name="Offset">Bytes from the start of the file.</param>
/// <param name="Size">Bytes as stored.</param>
/// <param name="Compression">none, gzip, lz4-legacy and so on.</param>
/// <param name="BoardId">Sixteen words.</param>
internal sealed record FragmentInfo(string Name, string Type, long Offset, long Size, string Compression, IReadOnlyList<uint> BoardId);
