using KernelBuild.BootImages.Avb;
using KernelBuild.BootImages.Avb.Descriptors;
using KernelBuild.BootImages.Files;

namespace KernelBuild.Cli.Images;

/// <summary>The AVB metadata of a file in JSON.</summary>
internal sealed record AvbInfo
{
    /// <summary>What the footer says; null for a vbmeta image.</summary>
    public required ulong? OriginalImageSize { get; init; }

    public required long VbmetaOffset { get; init; }

    public required long VbmetaSize { get; init; }

    /// <summary>"1.0": what libavb must have.</summary>
    public required string RequiredVersion { get; init; }

    public required string Algorithm { get; init; }

    /// <summary>SHA-1 of the key; null without.</summary>
    public required string? PublicKey { get; init; }

    /// <summary>The name of a test key; null for others.</summary>
    public required string? KnownKey { get; init; }

    public required ulong RollbackIndex { get; init; }

    public required uint RollbackIndexLocation { get; init; }

    public required uint Flags { get; init; }

    public required string ReleaseString { get; init; }

    public required IReadOnlyList<DescriptorInfo> Descriptors { get; init; }

    public static AvbInfo? From(ImageFile file) => file.Vbmeta is not { } vbmeta ? null : new AvbInfo
    {
        OriginalImageSize = file.Footer?.OriginalImageSize,
        VbmetaOffset = file.VbmetaOffset,
        VbmetaSize = vbmeta.Bytes.Length,
        RequiredVersion = $"{vbmeta.Header.RequiredMajorVersion}.{vbmeta.Header.RequiredMinorVersion}",
        Algorithm = vbmeta.Algorithm?.Name ?? $"{vbmeta.Header.Algorithm}",
        PublicKey = vbmeta.PublicKey.IsEmpty ? null : AvbPublicKey.FingerprintOf(vbmeta.PublicKey.Span),
        KnownKey = vbmeta.PublicKey.IsEmpty ? null : AvbKnownKeys.NameOf(vbmeta.PublicKey.Span),
        RollbackIndex = vbmeta.Header.RollbackIndex,
        RollbackIndexLocation = vbmeta.Header.RollbackIndexLocation,
        Flags = (uint)vbmeta.Header.Flags,
        ReleaseString = vbmeta.Header.ReleaseString,
        Descriptors = [.. vbmeta.Descriptors.Select(DescriptorInfo.From)],
    };
}

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
        HashDescriptor hash =>
            new(hash.Kind, hash.PartitionName)
            {
                ImageSize = hash.ImageSize,
                HashAlgorithm = hash.HashAlgorithm,
                Salt = Hex(hash.Salt),
                Digest = Hex(hash.Digest),
                Flags = hash.Flags,
            },
        HashtreeDescriptor tree =>
            new(tree.Kind, tree.PartitionName)
            {
                ImageSize = tree.ImageSize,
                HashAlgorithm = tree.HashAlgorithm,
                Salt = Hex(tree.Salt),
                Digest = Hex(tree.RootDigest),
                Flags = tree.Flags,
            },
        ChainPartitionDescriptor chain =>
            new(chain.Kind, chain.PartitionName)
            {
                RollbackIndexLocation = chain.RollbackIndexLocation,
                PublicKey = AvbPublicKey.FingerprintOf(chain.PublicKey.Span),
                Flags = chain.Flags,
            },
        PropertyDescriptor property => new(property.Kind, null) { Key = property.Key, Value = property.Text },
        KernelCommandLineDescriptor line => new(line.Kind, null) { Value = line.Text, Flags = line.Flags },
        _ => new(descriptor.Kind, null),
    };

    private static string Hex(ReadOnlyMemory<byte> bytes) => Convert.ToHexStringLower(bytes.Span);
}
