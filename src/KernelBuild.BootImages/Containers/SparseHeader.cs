namespace KernelBuild.BootImages.Containers;

/// <summary>The header of an Android sparse image.</summary>
/// <param name="BlockLength">Bytes of a block; a multiple of four, 4096 as a rule.</param>
/// <param name="Blocks">How many blocks the image has.</param>
/// <param name="Chunks">How many chunks stand for them.</param>
/// <param name="HeaderLength">Bytes of the header.</param>
/// <param name="ChunkHeaderLength">Bytes in front of the data of a chunk.</param>
public sealed record SparseHeader(uint BlockLength, uint Blocks, uint Chunks, ushort HeaderLength, ushort ChunkHeaderLength)
{
    /// <summary>Bytes of the image that the file stands for.</summary>
    public long ContentLength => (long)Blocks * BlockLength;
}
