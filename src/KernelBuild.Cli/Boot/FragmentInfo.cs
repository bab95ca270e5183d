namespace KernelBuild.Cli.Boot;

/// <summary>A ramdisk fragment of a vendor_boot image.</summary>
/// <param name="Name">As stored; may be empty.</param>
/// <param name="Type">none, platform, recovery, dlkm, or a number.</param>
/// <param name="Offset">Bytes from the start of the file.</param>
/// <param name="Size">Bytes as stored.</param>
/// <param name="Compression">none, gzip, lz4-legacy and so on.</param>
/// <param name="BoardId">Sixteen words.</param>
internal sealed record FragmentInfo(string Name, string Type, long Offset, long Size, string Compression, IReadOnlyList<uint> BoardId);
