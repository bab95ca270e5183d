namespace KernelBuild.BootImages.Verification;

/// <summary>A part of an image that an expectation is about.</summary>
/// <param name="Name">kernel, ramdisk, dtb, and the like; for messages.</param>
/// <param name="Code">What is reported when it is another one.</param>
/// <param name="Offset">Where the stream starts, in bytes from the start of the file.</param>
/// <param name="Stream">Its bytes as stored; empty when the image has no such part.</param>
internal sealed record ImagePart(string Name, string Code, long Offset, ReadOnlyMemory<byte> Stream);
