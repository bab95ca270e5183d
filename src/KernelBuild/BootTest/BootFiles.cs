namespace KernelBuild.BootTest;

/// <summary>What QEMU boots.</summary>
/// <param name="Kernel">File: the Image, uncompressed.</param>
/// <param name="Ramdisk">File: as it is in the image.</param>
/// <param name="CommandLine">That of the image.</param>
internal sealed record BootFiles(string Kernel, string Ramdisk, string CommandLine);
