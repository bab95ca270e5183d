using System.Collections.Immutable;
using KernelBuild.BootImages.Avb;
using KernelBuild.BootImages.Avb.Descriptors;
using KernelBuild.BootImages.Layout;

namespace KernelBuild.BootImages.Boot;

/// <summary>
/// The certificate of a generic kernel image (version 4): vbmeta structures, one directly after another, padded with zeros. In the old
/// place, which the header's signature_size counts, one over the boot image; in the new one, the last 16384 bytes behind the sections, one
/// called "boot" over everything before it and one called "generic_kernel" over the kernel alone. Bootloaders do not look at it; Android's
/// vendor test suite does. Source: AOSP, system/tools/mkbootimg/gki/certify_bootimg.py.
/// </summary>
/// <param name="Offset">Where it starts, in bytes from the start of the boot image.</param>
/// <param name="Bytes">All of it, padding included.</param>
/// <param name="Structures">The vbmeta structures in it.</param>
public sealed record GkiCertificate(long Offset, ReadOnlyMemory<byte> Bytes, ImmutableArray<Vbmeta> Structures)
{
    /// <summary>Bytes of a certificate in the new place.</summary>
    public const int Length = 16384;

    /// <summary>What avbtool is given as the salt, always.</summary>
    public static ReadOnlySpan<byte> Salt => [0xd0, 0x0d, 0xf0, 0x0d];

    /// <summary>Finds the certificate of a version 4 image, in its new place or in its old one; null when there is none.</summary>
    /// <param name="image">The boot image without AVB footer.</param>
    /// <param name="bytes">What it was read from.</param>
    public static GkiCertificate? Find(BootImage image, ReadOnlyMemory<byte> bytes)
    {
        if (image.HeaderVersion != 4)
        {
            return null;
        }

        if (image.Tail.Length >= Length && image.Tail.Span[^Length..].StartsWith(VbmetaFields.Magic))
        {
            return Read(bytes.Length - Length, bytes[^Length..]);
        }

        var section = image.Sections.First(s => s.Kind == BootImageSectionKind.Signature);
        return section.Content.Span.StartsWith(VbmetaFields.Magic) ? Read(section.Offset, section.Content) : null;
    }

    /// <summary>
    /// Which parts of the image have changed since the certificate was made: the partition names of descriptors whose digest differs.
    /// </summary>
    public ImmutableArray<string> StaleParts(BootImage image, ReadOnlyMemory<byte> bytes)
    {
        var stale = ImmutableArray.CreateBuilder<string>();
        foreach (var descriptor in Structures.SelectMany(s => s.Descriptors).OfType<HashDescriptor>())
        {
            var covered = descriptor.PartitionName == "generic_kernel" ? image.Kernel : bytes[..(int)Offset];
            if (descriptor.ImageSize > (ulong)covered.Length || !AvbDigest.IsKnown(descriptor.HashAlgorithm)
                || !descriptor.Digest.Span.SequenceEqual(AvbDigest.Compute(
                    descriptor.HashAlgorithm, descriptor.Salt.Span, covered[..(int)descriptor.ImageSize])))
            {
                stale.Add(HeaderText.Printable(descriptor.PartitionName));
            }
        }

        return stale.ToImmutable();
    }

    private static GkiCertificate Read(long offset, ReadOnlyMemory<byte> bytes)
    {
        var structures = ImmutableArray.CreateBuilder<Vbmeta>();
        for (var left = bytes; Vbmeta.TryRead(left, out var vbmeta, out _); left = left[vbmeta.Bytes.Length..])
        {
            structures.Add(vbmeta);
        }

        return new GkiCertificate(offset, bytes, structures.ToImmutable());
    }
}
