namespace KernelBuild.DeviceTrees.Tree;

/// <summary>A region of physical memory that the kernel must leave alone: an entry of the memory reservation block.</summary>
/// <param name="Address">Physical, in bytes.</param>
/// <param name="Size">Bytes. An entry with address and size 0 ends the block and is none.</param>
public readonly record struct MemoryReservation(ulong Address, ulong Size);
