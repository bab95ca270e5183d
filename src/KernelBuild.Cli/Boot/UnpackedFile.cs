namespace KernelBuild.Cli.Boot;

/// <summary>A file of an unpacked image.</summary>
/// <param name="Section">kernel, ramdisk, second, recovery_dtbo, dtb, dt, bootconfig, cmdline, or fragment.</param>
/// <param name="Fragment">Name of the fragment in the image; null for the others.</param>
/// <param name="File">Name of the file in the folder.</param>
/// <param name="Sha256">When it was unpacked.</param>
/// <param name="Compression">What the stream in the image is compressed with.</param>
internal sealed record UnpackedFile(string Section, string? Fragment, string File, string Sha256, string Compression);
