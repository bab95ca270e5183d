namespace KernelBuild.BootImages.Containers;

/// <summary>A run of bytes of a source, or of zeros.</summary>
/// <param name="Source">Null for zeros.</param>
/// <param name="Offset">Bytes from the start of the source.</param>
/// <param name="Length">Bytes.</param>
public readonly record struct SourceExtent(ByteSource? Source, long Offset, long Length);
