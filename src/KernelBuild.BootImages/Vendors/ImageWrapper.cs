using System.Buffers;
using System.Security.Cryptography;
using KernelBuild.BootImages.Boot;
using KernelBuild.BootImages.Containers;
using KernelBuild.BootImages.VendorBoot;
using KernelBuild.Compression.Memory;

namespace KernelBuild.BootImages.Vendors;

/// <summary>What some vendors put in front of an Android image.</summary>
/// <param name="Name">dhtb_header, chromeos_header, tegra_blob, signature_256, amonet_microloader, shifted_256k, shifted_1m.</param>
/// <param name="Raw">The bytes as stored.</param>
/// <param name="IsRewritable">Whether it stays right when the image behind it changes, or can be made right.</param>
public sealed record ImageWrapper(string Name, ReadOnlyMemory<byte> Raw, bool IsRewritable)
{
    private const int DhtbLength = 512;
    private const int DhtbDigest = 8;
    private const int DhtbSize = 48;
    private const int ChromeOsLength = 65536;
    private const int FarthestImage = 1 << 20;

    private static ReadOnlySpan<byte> Dhtb => [(byte)'D', (byte)'H', (byte)'T', (byte)'B', 1, 0, 0, 0];

    /// <summary>Recognises what is in front of an image; null when the file starts with one, or when there is none behind.</summary>
    public static ImageWrapper? Find(ReadOnlyMemory<byte> file)
    {
        var span = file.Span;
        if (IsImage(span))
        {
            return null;
        }

        if (span.StartsWith(Dhtb) && HasImageAt(span, DhtbLength))
        {
            return new ImageWrapper("dhtb_header", file[..DhtbLength], true);
        }

        if (span.StartsWith("CHROMEOS"u8) && HasImageAt(span, ChromeOsLength))
        {
            return new ImageWrapper("chromeos_header", file[..ChromeOsLength], false);
        }

        if (span.StartsWith("-SIGNED-BY-SIGNBLOB-"u8))
        {
            var image = span[..Math.Min(span.Length, FarthestImage)].IndexOf(BootImageFields.Magic);
            return image > 0 ? new ImageWrapper("tegra_blob", file[..image], false) : null;
        }

        // its first partition lies 1 MiB from the start, and may be a boot image
        if (SuperImage.IsSuper(span))
        {
            return null;
        }

        foreach (var (name, length) in new[]
        {
            ("signature_256", 256),
            ("amonet_microloader", 1024),
            ("shifted_256k", 256 * 1024),
            ("shifted_1m", FarthestImage),
        })
        {
            if (HasImageAt(span, length))
            {
                // The 256 bytes of a Nexus 9 sign the image; only the vendor can make that signature.
                return new ImageWrapper(name, file[..length], length > 256);
            }
        }

        return null;
    }

    /// <summary>The bytes in front of another image: DHTB's digest and size follow it, the others stay.</summary>
    public byte[] For(ReadOnlySequence<byte> image)
    {
        var bytes = Raw.ToArray();
        if (Name == "dhtb_header")
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            MemoryWindow.Append(hash, image);
            hash.GetHashAndReset(bytes.AsSpan(DhtbDigest));
            LittleEndian.PutU32(bytes, DhtbSize, (uint)image.Length);
        }

        return bytes;
    }

    /// <summary>Whether DHTB's digest is that of the image; true for the others, which have none that can be checked.</summary>
    public bool Matches(ReadOnlySpan<byte> image)
    {
        if (Name != "dhtb_header")
        {
            return true;
        }

        var size = LittleEndian.U32(Raw.Span, DhtbSize);
        return size <= image.Length
            && Raw.Span.Slice(DhtbDigest, SHA256.HashSizeInBytes).SequenceEqual(SHA256.HashData(image[..(int)size]));
    }

    private static bool HasImageAt(ReadOnlySpan<byte> file, int offset) => offset < file.Length && IsImage(file[offset..]);

    private static bool IsImage(ReadOnlySpan<byte> bytes) =>
        bytes.StartsWith(BootImageFields.Magic) || bytes.StartsWith(VendorBootFields.Magic);
}
