using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using KernelBuild.BootImages.Avb;
using KernelBuild.BootImages.Files;
using KernelBuild.Cli.Files;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;

namespace KernelBuild.Cli.Images;

/// <summary>The key that a device trusts, in the forms by which AVB 2 and AVB 1 compare keys.</summary>
/// <param name="Path">The file; null when none is given.</param>
/// <param name="Blob">As AVB 2 stores it; empty when it is a key that AVB 2 does not have, or none is given.</param>
/// <param name="SubjectKey">A SubjectPublicKeyInfo in DER; empty when none is given.</param>
internal sealed record TrustedKey(string? Path, ReadOnlyMemory<byte> Blob, ReadOnlyMemory<byte> SubjectKey)
{
    /// <summary>Reads a key: a private or public one or a certificate in PEM form, or an AVB public key.</summary>
    /// <exception cref="DiagnosticException">KB9012 or KB5030.</exception>
    public static TrustedKey Read(string? path)
    {
        if (path is null)
        {
            return new TrustedKey(null, default, default);
        }

        var bytes = InputFile.Read(path);
        using var key = KeyIn(bytes);
        if (key is null)
        {
            return new TrustedKey(path, InputImage.ReadPublicKey(path), default);
        }

        var modulus = (key as RSA)?.ExportParameters(includePrivateParameters: false) is { Exponent: [1, 0, 1], Modulus: { } n } ? n : [];
        return new TrustedKey(
            path, modulus.Length is 256 or 512 or 1024 ? AvbPublicKey.FromModulus(modulus).ToArray() : default,
                key.ExportSubjectPublicKeyInfo());
    }

    /// <summary>The key that metadata of AVB 2 in an image is compared with.</summary>
    /// <exception cref="DiagnosticException">KB5030: AVB 2 has no such key.</exception>
    public ReadOnlyMemory<byte> BlobFor(ImageFile file) => Path is not null && Blob.IsEmpty && file.Vbmeta is not null
        ? InputImage.ReadPublicKey(Path)
        : Blob;

    private static AsymmetricAlgorithm? KeyIn(ReadOnlyMemory<byte> bytes)
    {
        if (AvbPublicKey.TryRead(bytes, out var blob))
        {
            return RSA.Create(new RSAParameters { Modulus = blob.Modulus.ToArray(), Exponent = [1, 0, 1] });
        }

        return OfPem(Encoding.Latin1.GetString(bytes.Span));
    }

    private static AsymmetricAlgorithm? OfPem(string text)
    {
        if (text.Contains("-----BEGIN CERTIFICATE-----", StringComparison.Ordinal))
        {
            try
            {
                using var certificate = X509Certificate2.CreateFromPem(text);
                return (AsymmetricAlgorithm?)certificate.GetRSAPublicKey() ?? certificate.GetECDsaPublicKey();
            }
            catch (CryptographicException)
            {
                return null;
            }
        }

        foreach (var create in (Func<AsymmetricAlgorithm>[])[RSA.Create, ECDsa.Create])
        {
            var key = create();
            try
            {
                key.ImportFromPem(text);
                return key;
            }
            catch (Exception exception) when (exception is ArgumentException or CryptographicException)
            {
                key.Dispose();
            }
        }

        return null;
    }
}
