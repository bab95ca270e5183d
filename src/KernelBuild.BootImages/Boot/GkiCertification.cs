using KernelBuild.BootImages.Avb;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Boot;

/// <summary>Makes certificates of generic kernel images, in the old place (mkbootimg) and in the new one (certify_bootimg).</summary>
public static class GkiCertification
{
    /// <summary>Bytes of a certificate in the old place.</summary>
    private const int InHeaderLength = 4096;

    /// <summary>A version 4 image with its certificate in the place that the header counts.</summary>
    /// <exception cref="DiagnosticException">KB5017, KB5025 or KB5030: the certificate cannot be made.</exception>
    public static BootImage InHeader(BootImageContents contents, AvbPrivateKey key, AvbAlgorithm? algorithm)
    {
        // The header that is signed says already that a signature follows.
        var image = BootImage.Create(contents with { Signature = new byte[InHeaderLength] });
        var unsigned = image.ToArray().AsMemory(0, (int)image.Sections[^1].Offset);
        var structure = MakeStructure("boot", unsigned, key, algorithm);
        return BootImage.Create(contents with { Signature = Padded(structure, InHeaderLength) });
    }

    /// <summary>The 16384 bytes that follow an image without certificate and without AVB footer.</summary>
    /// <param name="image">The whole image.</param>
    /// <param name="kernel">Its kernel section.</param>
    /// <param name="key">Signs both structures.</param>
    /// <param name="algorithm">Null for SHA-256 with the key's size.</param>
    /// <exception cref="DiagnosticException">KB5017, KB5025 or KB5030: the certificate cannot be made.</exception>
    public static byte[] Append(ReadOnlyMemory<byte> image, ReadOnlyMemory<byte> kernel, AvbPrivateKey key, AvbAlgorithm? algorithm)
    {
        byte[] structures =
        [
            .. MakeStructure("boot", image, key, algorithm),
            .. kernel.IsEmpty ? [] : MakeStructure("generic_kernel", kernel, key, algorithm),
        ];
        return Padded(structures, GkiCertificate.Length);
    }

    private static byte[] MakeStructure(string name, ReadOnlyMemory<byte> content, AvbPrivateKey key, AvbAlgorithm? algorithm) =>
        HashFooter.MakeVbmeta(content, new HashFooterOptions
    {
        PartitionName = name,
        Salt = GkiCertificate.Salt.ToArray(),
        Vbmeta = new VbmetaContents { ReleaseString = "avbtool 1.3.0" }.SignedWith(key, algorithm),
    });

    private static byte[] Padded(byte[] bytes, int length)
    {
        if (bytes.Length > length)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.VbmetaInvalid, $"the certificate has {bytes.Length} bytes, and there is room for {length}",
                "use a smaller key"));
        }

        Array.Resize(ref bytes, length);
        return bytes;
    }
}
