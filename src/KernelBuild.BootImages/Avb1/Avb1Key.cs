using System.Buffers;
using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Text;
using KernelBuild.BootImages.Avb;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Avb1;

/// <summary>A private key and its certificate, which make AVB 1 signatures.</summary>
public sealed class Avb1Key : IDisposable
{
    private const int FormatVersion = 1;

    private readonly AsymmetricAlgorithm _key;
    private readonly bool _isOwned;
    private readonly ReadOnlyMemory<byte> _certificate;

    private Avb1Key(AsymmetricAlgorithm key, bool isOwned, ReadOnlyMemory<byte> certificate)
    {
        _key = key;
        _isOwned = isOwned;
        _certificate = certificate;
    }

    /// <summary>Reads a key.</summary>
    /// <param name="file">
    /// RSA or ECDSA: PEM text (PKCS #1, SEC 1, PKCS #8) or DER (PKCS #8, which AOSP keeps as .pk8); not encrypted.
    /// </param>
    /// <param name="certificate">In DER.</param>
    /// <exception cref="DiagnosticException">KB5030: no such key, or the certificate is that of another one.</exception>
    public static Avb1Key Read(ReadOnlySpan<byte> file, ReadOnlyMemory<byte> certificate)
    {
        var key = Import(file) ?? throw Invalid(
            "the key is no unencrypted RSA or ECDSA private key in PEM or PKCS #8 form", "make one with: openssl genrsa -out key.pem 2048");
        if (IsOf(key.ExportSubjectPublicKeyInfo(), certificate.Span))
        {
            return new Avb1Key(key, true, certificate);
        }

        key.Dispose();
        throw Invalid(
            "the certificate is not that of the key",
            "give the key's own: --cert cert.pem; openssl req -new -x509 -key key.pem -subj /CN=me -days 10000 -out cert.pem makes one");
    }

    /// <summary>The key of AVB 2 with a certificate; null when the certificate is that of another key.</summary>
    internal static Avb1Key? Of(AvbPrivateKey key, ReadOnlyMemory<byte> certificate) =>
        key.Rsa is { } rsa && IsOf(rsa.ExportSubjectPublicKeyInfo(), certificate.Span) ? new Avb1Key(rsa, false, certificate) : null;

    /// <summary>The signature of an image.</summary>
    /// <param name="image">Header and sections, with the padding of the last.</param>
    /// <param name="target">"/boot" and the like: characters of ASCII.</param>
    /// <returns>The whole sequence, as it stands behind the image.</returns>
    public byte[] Sign(ReadOnlySequence<byte> image, string target)
    {
        var algorithm = Avb1Algorithm.For(_key);
        var attributes = Attributes(target, image.Length);
        var hash = Avb1Verification.Hash(algorithm.Hash!.Value, image, attributes);
        var signature = _key is RSA rsa
            ? rsa.SignHash(hash, algorithm.Hash.Value, RSASignaturePadding.Pkcs1)
            : ((ECDsa)_key).SignHash(hash, DSASignatureFormat.Rfc3279DerSequence);
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(FormatVersion);
            writer.WriteEncodedValue(_certificate.Span);
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(algorithm.Identifier);

                // RFC 8017 wants a NULL for RSA, RFC 5758 nothing for ECDSA
                if (!algorithm.IsElliptic)
                {
                    writer.WriteNull();
                }
            }

            writer.WriteEncodedValue(attributes);
            writer.WriteOctetString(signature);
        }

        return writer.Encode();
    }

    public void Dispose()
    {
        if (_isOwned)
        {
            _key.Dispose();
        }
    }

    private static byte[] Attributes(string target, long length)
    {
        // what a PrintableString cannot hold, such as the underscore of /vendor_boot, stands as UTF-8
        var isPrintable = target.All(c => char.IsAsciiLetterOrDigit(c) || " '()+,-./:=?".Contains(c, StringComparison.Ordinal));
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteCharacterString(isPrintable ? UniversalTagNumber.PrintableString : UniversalTagNumber.UTF8String, target);
            writer.WriteInteger(length);
        }

        return writer.Encode();
    }

    private static bool IsOf(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> certificate) =>
        Avb1Certificate.TryRead(certificate, out var read) && read.PublicKey.Span.SequenceEqual(publicKey);

    private static AsymmetricAlgorithm? Import(ReadOnlySpan<byte> file)
    {
        var text = Encoding.Latin1.GetString(file);
        foreach (var create in (Func<AsymmetricAlgorithm>[])[RSA.Create, ECDsa.Create])
        {
            var key = create();
            try
            {
                if (text.Contains("-----BEGIN ", StringComparison.Ordinal))
                {
                    key.ImportFromPem(text);
                }
                else
                {
                    key.ImportPkcs8PrivateKey(file, out _);
                }

                // a public key is imported as well, and cannot sign
                _ = key.ExportPkcs8PrivateKey();
                return key;
            }
            catch (Exception exception) when (exception is ArgumentException or CryptographicException)
            {
                key.Dispose();
            }
        }

        return null;
    }

    private static DiagnosticException Invalid(string message, string fix) =>
        new(Diagnostic.Error(DiagnosticCodes.AvbKeyInvalid, message, fix));
}
