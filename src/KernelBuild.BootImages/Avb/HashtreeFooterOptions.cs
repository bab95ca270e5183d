namespace KernelBuild.BootImages.Avb;

/// <summary>How a partition is given a hash tree; the defaults are those of avbtool's <c>add_hashtree_footer</c>.</summary>
public sealed record HashtreeFooterOptions
{
    /// <summary>Without _a or _b; may be empty.</summary>
    public required string PartitionName { get; init; }

    /// <summary>Bytes; null puts the footer right behind the metadata.</summary>
    public long? PartitionSize { get; init; }

    /// <summary>"sha1", "sha256" or "sha512".</summary>
    public string HashAlgorithm { get; init; } = "sha1";

    /// <summary>Bytes of a block of data and of the tree; a power of two.</summary>
    public uint BlockSize { get; init; } = 4096;

    /// <summary>Any number of bytes; as many as the digest has is usual.</summary>
    public required ReadOnlyMemory<byte> Salt { get; init; }

    /// <summary>Bytes of parity of a codeword of the code that repairs blocks; 0 for no such code.</summary>
    public int FecRoots { get; init; } = 2;

    /// <summary>Whether the tree itself is left out.</summary>
    public bool WithoutTree { get; init; }

    /// <summary>The device keeps the root digest itself.</summary>
    public bool PersistentDigest { get; init; }

    /// <summary>The descriptor's flags: 1 the partition has no A and B, 2 each block is checked once.</summary>
    public uint Flags { get; init; }
}
