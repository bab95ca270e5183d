namespace KernelBuild.BootImages.Avb.Descriptors;

/// <summary>The root of a dm-verity hash tree over a partition: system, vendor and the like.</summary>
/// <param name="Raw">The whole descriptor.</param>
/// <param name="PartitionName">Without _a or _b.</param>
/// <param name="HashAlgorithm">"sha1", "sha256", "blake2b-256".</param>
/// <param name="Salt">Goes into every digest of the tree.</param>
/// <param name="RootDigest">The digest of the tree's top block.</param>
public sealed record HashtreeDescriptor(
    ReadOnlyMemory<byte> Raw, string PartitionName, string HashAlgorithm, ReadOnlyMemory<byte> Salt, ReadOnlyMemory<byte> RootDigest)
    : AvbDescriptor(Raw)
{
    public const int Tag = 1;
    public const int FixedLength = 180;
    internal const int VersionOffset = 16;
    internal const int ImageSizeOffset = 20;
    internal const int TreeOffsetOffset = 28;
    internal const int TreeSizeOffset = 36;
    internal const int DataBlockSizeOffset = 44;
    internal const int HashBlockSizeOffset = 48;
    internal const int FecRootsOffset = 52;
    internal const int FecOffsetOffset = 56;
    internal const int FecSizeOffset = 64;
    internal const int AlgorithmOffset = 72;
    internal const int AlgorithmLength = 32;
    internal const int NameLengthOffset = 104;
    internal const int SaltLengthOffset = 108;
    internal const int DigestLengthOffset = 112;
    internal const int FlagsOffset = 116;

    /// <summary>dm-verity's version: 1.</summary>
    public uint VerityVersion { get; init; }

    /// <summary>Bytes that the tree covers.</summary>
    public ulong ImageSize { get; init; }

    /// <summary>Bytes from the start of the partition.</summary>
    public ulong TreeOffset { get; init; }

    public ulong TreeSize { get; init; }

    public uint DataBlockSize { get; init; }

    public uint HashBlockSize { get; init; }

    /// <summary>Of the Reed-Solomon code that repairs blocks; 0 without it.</summary>
    public uint FecRoots { get; init; }

    public ulong FecOffset { get; init; }

    public ulong FecSize { get; init; }

    /// <summary>1: the partition has no A and B; 2: check each block at most once.</summary>
    public uint Flags { get; init; }

    public override string Kind => "hashtree";

    public override string Partition => PartitionName;

    /// <summary>The same statement as bytes: <see cref="AvbDescriptor.Raw"/> is made of all else.</summary>
    public HashtreeDescriptor Encoded()
    {
        var name = System.Text.Encoding.UTF8.GetBytes(PartitionName);
        var writer = new AvbDescriptorWriter(Tag, FixedLength, name.Length + Salt.Length + RootDigest.Length);
        writer.U32(VersionOffset, VerityVersion);
        writer.U64(ImageSizeOffset, ImageSize);
        writer.U64(TreeOffsetOffset, TreeOffset);
        writer.U64(TreeSizeOffset, TreeSize);
        writer.U32(DataBlockSizeOffset, DataBlockSize);
        writer.U32(HashBlockSizeOffset, HashBlockSize);
        writer.U32(FecRootsOffset, FecRoots);
        writer.U64(FecOffsetOffset, FecOffset);
        writer.U64(FecSizeOffset, FecSize);
        writer.Text(AlgorithmOffset, HashAlgorithm);
        writer.U32(NameLengthOffset, (uint)name.Length);
        writer.U32(SaltLengthOffset, (uint)Salt.Length);
        writer.U32(DigestLengthOffset, (uint)RootDigest.Length);
        writer.U32(FlagsOffset, Flags);
        writer.Append(name);
        writer.Append(Salt.Span);
        writer.Append(RootDigest.Span);
        return this with { Raw = writer.Bytes };
    }
}
