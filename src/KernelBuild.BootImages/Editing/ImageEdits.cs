using System.Collections.Immutable;
using KernelBuild.BootImages.Avb;
using KernelBuild.BootImages.Avb1;
using KernelBuild.BootImages.Boot;
using KernelBuild.BootImages.Dtbo;
using KernelBuild.Compression.Codecs;

namespace KernelBuild.BootImages.Editing;

/// <summary>What is to change in an image; null stands for "stays as it is".</summary>
public sealed record ImageEdits
{
    /// <summary>A kernel, compressed or not.</summary>
    public ReadOnlyMemory<byte>? Kernel { get; init; }

    /// <summary>How the kernel is stored; null for the old one's way.</summary>
    public CompressionFormat? KernelCompression { get; init; }

    /// <summary>A ramdisk, compressed or not; of a vendor_boot image with one fragment, or without a table.</summary>
    public ReadOnlyMemory<byte>? Ramdisk { get; init; }

    /// <summary>How ramdisks are stored; null for the old one's way.</summary>
    public CompressionFormat? RamdiskCompression { get; init; }

    public ReadOnlyMemory<byte>? Second { get; init; }

    public ReadOnlyMemory<byte>? RecoveryDtbo { get; init; }

    public ReadOnlyMemory<byte>? Dtb { get; init; }

    /// <summary>The device-tree table of an image for an old bootloader.</summary>
    public ReadOnlyMemory<byte>? DeviceTreeTable { get; init; }

    /// <summary>Text of a version 4 vendor_boot image.</summary>
    public ReadOnlyMemory<byte>? BootConfig { get; init; }

    /// <summary>Ramdisk fragments of a version 4 vendor_boot image, by name; the fragment must exist.</summary>
    public ImmutableSortedDictionary<string, ReadOnlyMemory<byte>> Fragments { get; init; } =
        ImmutableSortedDictionary.Create<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal);

    /// <summary>The same by their number in the table, for fragments that share their name.</summary>
    public ImmutableSortedDictionary<int, ReadOnlyMemory<byte>> FragmentsByIndex { get; init; } =
        ImmutableSortedDictionary<int, ReadOnlyMemory<byte>>.Empty;

    /// <summary>All fragments that a version 4 vendor_boot image is to have; default for those that it has.</summary>
    public ImmutableArray<FragmentEdit> FragmentList { get; init; }

    /// <summary>
    /// Overlays of a dtbo image: each takes the place of the entry that has its id, revision and custom words, or is added at the end.
    /// </summary>
    public ImmutableArray<DtboEntryContents> Overlays { get; init; } = [];

    /// <summary>All entries that a dtbo image is to have; default for those that it has. A tree is compressed as its flags say.</summary>
    public ImmutableArray<DtboEdit> DtboEntries { get; init; }

    public string? CommandLine { get; init; }

    public OsVersion? OsVersion { get; init; }

    /// <summary>Takes the certificate of a generic kernel away even when the kernel stays.</summary>
    public bool RemoveCertificate { get; init; }

    /// <summary>Signs the AVB metadata; null leaves metadata that must change unsigned.</summary>
    public AvbPrivateKey? Key { get; init; }

    /// <summary>
    /// Renews the AVB 1 signature of an image of Android 5 to 7; null takes <see cref="Key"/> where the certificate is its own, and else
    /// removes a signature that no longer holds.
    /// </summary>
    public Avb1Key? Avb1Key { get; init; }

    /// <summary>Null for the old algorithm when the key fits it, else SHA-256 with the key's size.</summary>
    public AvbAlgorithm? Algorithm { get; init; }

    public ulong? RollbackIndex { get; init; }

    /// <summary>Bytes that the image may have at most, and has exactly when it carries AVB data; null for the old file's.</summary>
    public long? PartitionSize { get; init; }
}
