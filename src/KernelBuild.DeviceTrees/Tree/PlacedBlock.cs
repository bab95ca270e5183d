using KernelBuild.DeviceTrees.Blob;

namespace KernelBuild.DeviceTrees.Tree;

/// <summary>A block and its place in a file that is written.</summary>
/// <param name="Kind">Which of the three.</param>
/// <param name="GapBefore">Bytes that stand behind the block before it, or behind the header; alignment may follow them.</param>
/// <param name="Content">Its bytes.</param>
/// <param name="Offset">Where it starts.</param>
internal readonly record struct PlacedBlock(
    FlattenedBlockKind Kind, ReadOnlyMemory<byte> GapBefore, ReadOnlyMemory<byte> Content, long Offset)
{
    public long End => Offset + Content.Length;
}
