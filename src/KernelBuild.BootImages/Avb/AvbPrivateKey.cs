using System.Security.Cryptography;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Avb;

/// <summary>An RSA private key that signs vbmeta structures: one that is at hand, or one that somebody else holds and signs with.</summary>
public sealed class AvbPrivateKey : IDisposable
{
    private readonly RSA? _rsa;
    private readonly Func<AvbAlgorithm, ReadOnlyMemory<byte>, byte[]>? _sign;

    private AvbPrivateKey(RSA rsa)
    {
        _rsa = rsa;
        PublicKey = AvbPublicKey.FromModulus(rsa.ExportParameters(includePrivateParameters: false).Modulus);
    }

    private AvbPrivateKey(AvbPublicKey publicKey, Func<AvbAlgorithm, ReadOnlyMemory<byte>, byte[]> sign)
    {
        PublicKey = publicKey;
        _sign = sign;
    }

    public AvbPublicKey PublicKey { get; }

    /// <summary>The key itself, which this object disposes of; null when somebody else holds it.</summary>
    internal RSA? Rsa => _rsa;

    /// <summary>Bits of the modulus.</summary>
    public int Bits => (int)PublicKey.Bits;

    /// <summary>The algorithm that AVB has for the key with SHA-256, the usual one.</summary>
    public AvbAlgorithm DefaultAlgorithm => AvbAlgorithm.All.First(algorithm => algorithm.KeyBits == Bits);

    /// <summary>A key that is not at hand: in a hardware security module, on another machine.</summary>
    /// <param name="publicKey">Its public half.</param>
    /// <param name="sign">
    /// Gets the algorithm and a whole block of its size, padding and hash as PKCS #1 v1.5 has them; returns block^d mod n, big endian.
    /// </param>
    public static AvbPrivateKey HeldElsewhere(AvbPublicKey publicKey, Func<AvbAlgorithm, ReadOnlyMemory<byte>, byte[]> sign) =>
        new(publicKey, sign);

    /// <summary>Reads a key.</summary>
    /// <param name="pem">PEM text, PKCS #1 ("RSA PRIVATE KEY") or PKCS #8 ("PRIVATE KEY"), not encrypted.</param>
    /// <exception cref="DiagnosticException">KB5030: no such key, or one of a size or exponent that AVB does not have.</exception>
    public static AvbPrivateKey FromPem(string pem)
    {
        var rsa = RSA.Create();
        try
        {
            rsa.ImportFromPem(pem);
            var parameters = rsa.ExportParameters(includePrivateParameters: true);
            if (parameters.Modulus?.Length * 8 is not (2048 or 4096 or 8192))
            {
                throw Invalid($"an RSA key of {rsa.KeySize} bits, and AVB has 2048, 4096 and 8192");
            }

            return parameters.Exponent is [1, 0, 1]
                ? new AvbPrivateKey(rsa)
                : throw Invalid("an RSA key whose exponent is not 65537, which AVB requires");
        }
        catch (Exception exception) when (exception is ArgumentException or CryptographicException)
        {
            rsa.Dispose();
            throw Invalid("no unencrypted RSA private key in PEM form");
        }
        catch (DiagnosticException)
        {
            rsa.Dispose();
            throw;
        }
    }

    /// <summary>The PKCS #1 v1.5 signature of a hash.</summary>
    /// <param name="hash">Of the length of the algorithm's hash.</param>
    /// <param name="algorithm">Which hash it is.</param>
    /// <exception cref="DiagnosticException">KB5030: who holds the key gave another signature, or none.</exception>
    public byte[] Sign(ReadOnlySpan<byte> hash, HashAlgorithmName algorithm)
    {
        if (_rsa is not null)
        {
            return _rsa.SignHash(hash, algorithm, RSASignaturePadding.Pkcs1);
        }

        var named = AvbAlgorithm.All.First(one => one.Hash == algorithm && one.KeyBits == Bits);
        var block = VbmetaSignature.Padded(hash, named);
        var signature = _sign!(named, block);
        return signature.Length == named.SignatureLength && VbmetaSignature.Verify(PublicKey, signature, block)
            ? signature
            : throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.AvbKeyInvalid,
                signature.Length == named.SignatureLength
                    ? "the signing helper gave a signature that is not one by the public key"
                    : $"the signing helper gave {signature.Length} bytes, and a signature of {named.Name} has {named.SignatureLength}",
                "let it sign with the private key of the public one that is given: a raw RSA operation on the block that it gets") with
            { Found = $"{signature.Length} bytes", Expected = $"{named.SignatureLength} bytes by key {Fingerprint}" });
    }

    public void Dispose() => _rsa?.Dispose();

    private string Fingerprint => AvbPublicKey.FingerprintOf(PublicKey.ToArray());

    private static DiagnosticException Invalid(string what) => new(Diagnostic.Error(
        DiagnosticCodes.AvbKeyInvalid,
        $"the key is {what}",
        "make one with: openssl genrsa -out key.pem 4096"));
}
