using System.Collections.Immutable;

namespace KernelBuild.BootImages.Containers;

/// <summary>A partition that a payload makes.</summary>
/// <param name="Name">Without slot: "boot".</param>
/// <param name="Size">Bytes of the new partition.</param>
/// <param name="Sha256">Of the new partition; empty when the payload does not say.</param>
/// <param name="Operations">In their order.</param>
public sealed record PayloadPartition(string Name, long Size, ReadOnlyMemory<byte> Sha256, ImmutableArray<PayloadOperation> Operations)
{
    /// <summary>The first operation that needs the old partition; null when none does.</summary>
    public PayloadOperation? Incremental => Operations.FirstOrDefault(operation => !operation.IsFull);
}
