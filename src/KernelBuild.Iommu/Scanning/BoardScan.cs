using System.Collections.Immutable;

namespace KernelBuild.Iommu.Scanning;

/// <summary>
/// What one DTS file says: the files that it includes and, in order with them, its nodes as far as IOMMUs go. Nothing is preprocessed: what
/// stands in an #if is taken as it stands.
/// </summary>
/// <param name="Items">A string, what stands behind #include or /include/; or a node.</param>
internal sealed record BoardScan(string File, ImmutableArray<object> Items)
{
    public static BoardScan Of(string file, ReadOnlySpan<byte> bytes) => new(file, new BoardSourceReader(file, bytes).Read());
}
