using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Boot;

/// <summary>Makes certificates of generic kernel images, in the old place (mkbootimg) and in the new one (certify_bootimg).</summary>
public static class GkiCertification
{
    /// <summary>Bytes of a certificate in the old place.</summary>
    private const int InHeaderLength = 4096;

    /// <summary>A version 4 image with its certificate in the place that the header counts.</summary>
    /// <param name="contents">Of the image, without certificate.</param>
    /// <param name="certify">Makes a vbmeta structure of a name ("boot") over an image.</param>
    /// <exception cref="DiagnosticException">KB5017, KB5025 or KB5030: the certificate cannot be made.</exception>
    public static BootImage InHeader(BootImageContents contents, Func<string, ReadOnlyMemory<byte>, byte[]> certify)
    {
        // The header that is signed says already that a signature follows.
        var image = BootImage.Create(contents with { Signature = new byte[InHeaderLength] });
        var unsigned = image.ToArray().AsMemory(0, (int)image.Sections[^1].Offset);
        return BootImage.Create(contents with { Signature = Padded(certify("boot", unsigned), InHeaderLength) });
    }

    /// <summary>The 16384 bytes that follow an image without certificate and without AVB footer.</summary>
    /// <param name="image">The whole image.</param>
    /// <param name="kernel">Its kernel section.</param>
    /// <param name="certify">Makes a vbmeta structure of a name ("boot", "generic_kernel") over an image.</param>
    /// <exception cref="DiagnosticException">KB5017, KB5025 or KB5030: the certificate cannot be made.</exception>
    public static byte[] Append(ReadOnlyMemory<byte> image, ReadOnlyMemory<byte> kernel, Func<string, ReadOnlyMemory<byte>, byte[]> certify)
    {
        byte[] structures = [.. certify("boot", image), .. kernel.IsEmpty ? [] : certify("generic_kernel", kernel)];
        return Padded(structures, GkiCertificate.Length);
    }

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
