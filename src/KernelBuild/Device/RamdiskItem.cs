namespace KernelBuild.Device;

/// <summary>A file for the ramdisk.</summary>
/// <param name="Path">Where it stands in the ramdisk, without a leading slash.</param>
/// <param name="Source">A file of the host, or <c>debian:package[:architecture]!path/in/package</c>.</param>
/// <param name="Mode">Permission bits, octal, such as 0755; empty takes those of the file.</param>
public sealed record RamdiskItem(string Path, string Source, string Mode = "");
