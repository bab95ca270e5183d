using System.Collections.Immutable;
using KernelBuild.BootImages.Avb.Descriptors;

namespace KernelBuild.BootImages.Avb;

/// <summary>How an image is given AVB metadata of its own; the defaults are those of avbtool's <c>add_hash_footer</c>.</summary>
public sealed record HashFooterOptions
{
    /// <summary>Without _a or _b.</summary>
    public required string PartitionName { get; init; }

    /// <summary>Bytes; null for the smallest that holds the image and its metadata.</summary>
    public long? PartitionSize { get; init; }

    /// <summary>"sha256" or "sha512".</summary>
    public string HashAlgorithm { get; init; } = "sha256";

    /// <summary>Any number of bytes; as many as the digest has is usual.</summary>
    public required ReadOnlyMemory<byte> Salt { get; init; }

    /// <summary>The device keeps the digest itself.</summary>
    public bool PersistentDigest { get; init; }

    /// <summary>The partition has no A and B.</summary>
    public bool NoAb { get; init; }

    /// <summary>Algorithm, key, flags and release string; its descriptors come behind the hash descriptor.</summary>
    public VbmetaContents Vbmeta { get; init; } = new();

    internal ImmutableArray<AvbDescriptor> DescriptorsFor(ReadOnlyMemory<byte> image)
    {
        ReadOnlyMemory<byte> digest = PersistentDigest ? default : AvbDigest.Compute(HashAlgorithm, Salt.Span, image);
        return
        [
            HashDescriptor.Create(PartitionName, HashAlgorithm, (ulong)image.Length, Salt, digest, NoAb ? 1u : 0), .. Vbmeta.Descriptors,
        ];
    }
}
