namespace KernelBuild.Cli.Boot;

/// <summary>A region of a file in JSON.</summary>
/// <param name="Name">kernel, ramdisk_padding, vbmeta_header and so on.</param>
/// <param name="Offset">Bytes from the start of the file.</param>
/// <param name="Size">Bytes.</param>
internal sealed record RegionInfo(string Name, long Offset, long Size);
