using System.Collections.Immutable;
using KernelBuild.Compression.Codecs;

namespace KernelBuild.BootImages.Inspection;

/// <summary>How closely to look.</summary>
public sealed record InspectionOptions
{
    /// <summary>The file's name, from which the partition's follows; null when unknown.</summary>
    public string? FileName { get; init; }

    /// <summary>The key that the device trusts, as AVB stores it; empty when none is given.</summary>
    public ReadOnlyMemory<byte> TrustedKey { get; init; }

    /// <summary>
    /// The same key as a SubjectPublicKeyInfo in DER, with which certificates of AVB 1 are compared; empty when none is given.
    /// </summary>
    public ReadOnlyMemory<byte> TrustedSubjectKey { get; init; }

    /// <summary>Other images of the same device, by partition name: what the descriptors of a vbmeta image describe.</summary>
    public ImmutableDictionary<string, KernelBuild.BootImages.Files.ImageFile> Partitions { get; init; } =
        ImmutableDictionary<string, KernelBuild.BootImages.Files.ImageFile>.Empty;

    /// <summary>Whether a hash tree that was erased, so that the device cannot check the partition, is accepted.</summary>
    public bool AcceptsErasedTrees { get; init; } = true;

    /// <summary>Whether kernel, ramdisk and device trees are looked into.</summary>
    public bool LookInside { get; init; } = true;

    /// <summary>Bytes that kernel and ramdisk may decompress to at most.</summary>
    public long MaximumLength { get; init; } = Decompressor.DefaultMaximumLength;
}
