namespace KernelBuild.DeviceTrees.Blob;

/// <summary>A block of the file.</summary>
/// <param name="GapBefore">The bytes between the block before (or the header) and this one: alignment, mostly.</param>
internal readonly record struct FlattenedBlock(FlattenedBlockKind Kind, ReadOnlyMemory<byte> GapBefore, ReadOnlyMemory<byte> Content);
