using System.Collections.Immutable;

namespace KernelBuild.KernelImages.Patching;

/// <summary>Bytes to replace in a raw kernel.</summary>
/// <param name="Offset">Bytes from the start of the uncompressed image.</param>
/// <param name="Old">What must stand there.</param>
/// <param name="New">What shall stand there; as many bytes.</param>
public sealed record BytePatch(long Offset, ImmutableArray<byte> Old, ImmutableArray<byte> New)
{
    /// <summary>The patch that takes this one back.</summary>
    public BytePatch Reversed() => new(Offset, New, Old);
}
