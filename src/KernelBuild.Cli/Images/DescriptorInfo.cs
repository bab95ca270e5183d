using KernelBuild.BootImages.Avb;
using KernelBuild.BootImages.Avb.Descriptors;

namespace KernelBuild.Cli.Images;

/// <summary>A descriptor in JSON; members that its kind does not have are null.</summary>
internal sealed record DescriptorInfo(string Kind, string? Partition)
{
    public ulong? ImageSize { get; init; }

    public string? HashAlgorithm { get; init; }

    public string? Salt { get; init; }

    public string? Digest { get; init; }

    public uint? Flags { get; init; }

    public uint? RollbackIndexLocation { get; init; }

    /// <summary>SHA-1 of the key.</summary>
    public string? PublicKey { get; init; }

    public string? Key { get; init; }

    public string? Value { get; init; }

    public static DescriptorInfo From(AvbDescriptor descriptor) => descriptor switch
    {
        HashDescriptor hash => new(hash.Kind, hash.PartitionName) { ImageSize = hash.ImageSize, HashAlgorithm = hash.HashAlgorithm, Salt = Hex(hash.Salt), Digest = Hex(hash.Digest), Flags = hash.Flags },
        HashtreeDescriptor tree => new(tree.Kind, tree.PartitionName) { ImageSize = tree.ImageSize, HashAlgorithm = tree.HashAlgorithm, Salt = Hex(tree.Salt), Digest = Hex(tree.RootDigest), Flags = tree.Flags },
        ChainPartitionDescriptor chain => new(chain.Kind, chain.PartitionName) { RollbackIndexLocation = chain.RollbackIndexLocation, PublicKey = AvbPublicKey.FingerprintOf(chain.PublicKey.Span), Flags = chain.Flags },
        PropertyDescriptor property => new(property.Kind, null) { Key = property.Key, Value = property.Text },
        KernelCommandLineDescriptor line => new(line.Kind, null) { Value = line.Text, Flags = line.Flags },
        _ => new(descriptor.Kind, null),
    };

    private static string Hex(ReadOnlyMemory<byte> bytes) => Convert.ToHexStringLower(bytes.Span);
}
