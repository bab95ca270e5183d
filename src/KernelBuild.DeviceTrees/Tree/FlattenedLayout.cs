using System.Collections.Immutable;
using KernelBuild.DeviceTrees.Blob;

namespace KernelBuild.DeviceTrees.Tree;

/// <summary>Where everything stood in the file that a tree was read from: every byte of it belongs to one of these.</summary>
/// <param name="Root">The root as it was read: while it is the tree's, the structure block is written as it stood.</param>
/// <param name="Reservations">As they were read.</param>
/// <param name="TotalSize">Bytes of the tree, padding at its end included.</param>
/// <param name="Blocks">In the order of the file.</param>
/// <param name="Padding">Between the last block and the end of the tree.</param>
/// <param name="Tail">What followed the tree in the file.</param>
internal sealed record FlattenedLayout(
    DeviceTreeNode Root,
    ImmutableArray<MemoryReservation> Reservations,
    int TotalSize,
    ImmutableArray<FlattenedBlock> Blocks,
    ReadOnlyMemory<byte> Padding,
    ReadOnlyMemory<byte> Tail)
{
    public ReadOnlyMemory<byte> this[FlattenedBlockKind kind] => Blocks.First(block => block.Kind == kind).Content;
}
