namespace KernelBuild.BootImages.Layout;

/// <summary>A run of bytes of a file that is one thing.</summary>
/// <param name="Name">In lower case with underscores, such as kernel, ramdisk_padding, vbmeta_header, zero_fill.</param>
/// <param name="Offset">Bytes from the start of the file.</param>
/// <param name="Size">Bytes; above 0.</param>
public sealed record Region(string Name, long Offset, long Size);
