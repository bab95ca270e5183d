using KernelBuild.BootImages.Avb1;
using KernelBuild.BootImages.Files;

namespace KernelBuild.Cli.Images;

/// <summary>The signature of Android 5 to 7 in JSON.</summary>
/// <param name="Offset">Bytes from the start of the file.</param>
/// <param name="Size">Bytes of the signature.</param>
/// <param name="Algorithm">As openssl names it: sha256WithRSAEncryption.</param>
/// <param name="Target">/boot and the like.</param>
/// <param name="SignedSize">Bytes of the image that are signed.</param>
/// <param name="Subject">Of the certificate; null when it cannot be read.</param>
/// <param name="Certificate">SHA-256 of the certificate.</param>
internal sealed record Avb1Info(
    long Offset, long Size, string Algorithm, string Target, long SignedSize, string? Subject, string? Certificate)
{
    public static Avb1Info? From(ImageFile file)
    {
        if (file.Avb1 is not { Signature: { } signature } block)
        {
            return null;
        }

        var certificate = Avb1Certificate.TryRead(signature.Certificate.Span, out var read) ? read : null;
        return new Avb1Info(
            block.Offset + (file.Wrapper?.Raw.Length ?? 0), block.Length, signature.Algorithm.Name, signature.Target,
                signature.SignedLength,
            certificate?.Subject, certificate?.Fingerprint);
    }
}
