using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Avb1;

/// <summary>The certificate of an AVB 1 signature: whose key it is.</summary>
/// <param name="Subject">The distinguished name, as RFC 4514 writes it.</param>
/// <param name="Fingerprint">SHA-256 of the certificate, 64 lower-case hexadecimal digits.</param>
/// <param name="PublicKey">The SubjectPublicKeyInfo in DER, by which keys are compared.</param>
public sealed record Avb1Certificate(string Subject, string Fingerprint, ReadOnlyMemory<byte> PublicKey)
{
    /// <summary>Reads a certificate.</summary>
    /// <param name="der">The whole certificate.</param>
    /// <param name="certificate">Null when the result is false: it is none.</param>
    public static bool TryRead(ReadOnlySpan<byte> der, [NotNullWhen(true)] out Avb1Certificate? certificate)
    {
        certificate = null;
        if (Load(der) is not { } loaded)
        {
            return false;
        }

        using (loaded)
        {
            certificate = new Avb1Certificate(
                loaded.Subject, Convert.ToHexStringLower(SHA256.HashData(der)), loaded.PublicKey.ExportSubjectPublicKeyInfo());
            return true;
        }
    }

    /// <summary>The DER form of a certificate that is given as PEM or as DER.</summary>
    /// <exception cref="DiagnosticException">KB5030: it is neither.</exception>
    public static byte[] ReadFile(ReadOnlySpan<byte> file)
    {
        try
        {
            var text = System.Text.Encoding.Latin1.GetString(file);
            if (PemEncoding.TryFind(text, out var fields) && text[fields.Label] == "CERTIFICATE")
            {
                var der = Convert.FromBase64String(text[fields.Base64Data]);
                using var _ = X509CertificateLoader.LoadCertificate(der);
                return der;
            }

            if (Load(file) is { } loaded)
            {
                loaded.Dispose();
                return file.ToArray();
            }
        }
        catch (Exception exception) when (exception is CryptographicException or FormatException)
        {
            // said below
        }

        throw new DiagnosticException(Diagnostic.Error(
            DiagnosticCodes.AvbKeyInvalid, "the file is no X.509 certificate in PEM or DER form",
            "make one of the key: openssl req -new -x509 -key key.pem -subj /CN=me -days 10000 -out cert.pem"));
    }

    /// <summary>The key that verifies; null for a kind of key that AVB 1 does not have.</summary>
    internal static AsymmetricAlgorithm? KeyOf(ReadOnlySpan<byte> der)
    {
        if (Load(der) is not { } loaded)
        {
            return null;
        }

        using (loaded)
        {
            try
            {
                return (AsymmetricAlgorithm?)loaded.GetRSAPublicKey() ?? loaded.GetECDsaPublicKey();
            }
            catch (CryptographicException)
            {
                return null;
            }
        }
    }

    /// <summary>Null for what is no certificate: the loader takes other containers too, which are not wanted here.</summary>
    private static X509Certificate2? Load(ReadOnlySpan<byte> der)
    {
        try
        {
            return der.StartsWith((ReadOnlySpan<byte>)[0x30]) ? X509CertificateLoader.LoadCertificate(der) : null;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
