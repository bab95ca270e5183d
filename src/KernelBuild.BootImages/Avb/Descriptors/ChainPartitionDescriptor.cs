namespace KernelBuild.BootImages.Avb.Descriptors;

/// <summary>Hands the verification of a partition to the vbmeta structure of that partition, signed with a key of its own.</summary>
/// <param name="Raw">The whole descriptor.</param>
/// <param name="RollbackIndexLocation">Where the bootloader keeps that partition's rollback index; 1 or above.</param>
/// <param name="PartitionName">Without _a or _b.</param>
/// <param name="PublicKey">The key that the chained structure must be signed with.</param>
/// <param name="Flags">1: the partition has no A and B.</param>
public sealed record ChainPartitionDescriptor(
    ReadOnlyMemory<byte> Raw, uint RollbackIndexLocation, string PartitionName, ReadOnlyMemory<byte> PublicKey, uint Flags)
    : AvbDescriptor(Raw)
{
    public const int Tag = 4;
    public const int FixedLength = 92;
    internal const int LocationOffset = 16;
    internal const int NameLengthOffset = 20;
    internal const int KeyLengthOffset = 24;
    internal const int FlagsOffset = 28;

    public override string Kind => "chain";

    public override string Partition => PartitionName;

    public static ChainPartitionDescriptor Create(
        string partition, uint rollbackIndexLocation, ReadOnlyMemory<byte> publicKey, uint flags = 0)
    {
        var name = System.Text.Encoding.UTF8.GetBytes(partition);
        var writer = new AvbDescriptorWriter(Tag, FixedLength, name.Length + publicKey.Length);
        writer.U32(LocationOffset, rollbackIndexLocation);
        writer.U32(NameLengthOffset, (uint)name.Length);
        writer.U32(KeyLengthOffset, (uint)publicKey.Length);
        writer.U32(FlagsOffset, flags);
        writer.Append(name);
        writer.Append(publicKey.Span);
        return new ChainPartitionDescriptor(writer.Bytes, rollbackIndexLocation, partition, publicKey, flags);
    }
}
