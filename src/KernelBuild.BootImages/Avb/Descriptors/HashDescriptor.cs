using System.Buffers;
using System.Text;

namespace KernelBuild.BootImages.Avb.Descriptors;

/// <summary>The digest of a whole partition: boot, dtbo, vendor_boot and the like.</summary>
/// <param name="Raw">The whole descriptor.</param>
/// <param name="ImageSize">Bytes that the digest covers, from the start of the partition; not rounded up.</param>
/// <param name="HashAlgorithm">"sha256" or "sha512"; a bootloader takes no other.</param>
/// <param name="PartitionName">Without _a or _b.</param>
/// <param name="Salt">Goes into the digest before the image.</param>
/// <param name="Digest">Empty when the bootloader is to keep the digest itself ("persistent digest").</param>
/// <param name="Flags">1: the partition has no A and B.</param>
public sealed record HashDescriptor(
    ReadOnlyMemory<byte> Raw, ulong ImageSize, string HashAlgorithm, string PartitionName, ReadOnlyMemory<byte> Salt,
    ReadOnlyMemory<byte> Digest, uint Flags)
    : AvbDescriptor(Raw)
{
    public const int Tag = 2;
    public const int FixedLength = 132;
    internal const int ImageSizeOffset = 16;
    internal const int AlgorithmOffset = 24;
    internal const int AlgorithmLength = 32;
    internal const int NameLengthOffset = 56;
    internal const int SaltLengthOffset = 60;
    internal const int DigestLengthOffset = 64;
    internal const int FlagsOffset = 68;

    public override string Kind => "hash";

    public override string Partition => PartitionName;

    public static HashDescriptor Create(
        string partition, string algorithm, ulong imageSize, ReadOnlyMemory<byte> salt, ReadOnlyMemory<byte> digest, uint flags = 0)
    {
        var name = Encoding.UTF8.GetBytes(partition);
        var writer = new AvbDescriptorWriter(Tag, FixedLength, name.Length + salt.Length + digest.Length);
        writer.U64(ImageSizeOffset, imageSize);
        writer.Text(AlgorithmOffset, algorithm);
        writer.U32(NameLengthOffset, (uint)name.Length);
        writer.U32(SaltLengthOffset, (uint)salt.Length);
        writer.U32(DigestLengthOffset, (uint)digest.Length);
        writer.U32(FlagsOffset, flags);
        writer.Append(name);
        writer.Append(salt.Span);
        writer.Append(digest.Span);
        return new HashDescriptor(writer.Bytes, imageSize, algorithm, partition, salt, digest, flags);
    }

    /// <summary>The same statement about another image: salt, flags and algorithm stay; a persistent digest stays empty.</summary>
    /// <param name="image">What is in front of the AVB data.</param>
    /// <exception cref="KernelBuild.Diagnostics.DiagnosticException">KB5018: the algorithm is not one that can be computed.</exception>
    public HashDescriptor For(ReadOnlySequence<byte> image) => Create(
        PartitionName, HashAlgorithm, (ulong)image.Length, Salt,
        Digest.IsEmpty ? default : AvbDigest.Compute(HashAlgorithm, Salt.Span, image), Flags);
}
