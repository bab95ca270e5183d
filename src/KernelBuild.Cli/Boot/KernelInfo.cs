namespace KernelBuild.Cli.Boot;

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
