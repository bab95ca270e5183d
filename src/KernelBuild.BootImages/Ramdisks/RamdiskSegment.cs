using KernelBuild.Compression.Codecs;

namespace KernelBuild.BootImages.Ramdisks;

/// <summary>One stream of a ramdisk: archives, compressed together or stored as they are.</summary>
/// <param name="Offset">Bytes from the start of the ramdisk.</param>
/// <param name="Stored">As it stands in the ramdisk.</param>
/// <param name="Format">How it is compressed.</param>
/// <param name="Content">What it decompresses to.</param>
public sealed record RamdiskSegment(int Offset, ReadOnlyMemory<byte> Stored, CompressionFormat Format, ReadOnlyMemory<byte> Content);
