using System.Security.Cryptography;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Avb;

/// <summary>An RSA private key that signs vbmeta structures.</summary>
public sealed class AvbPrivateKey : IDisposable
{
    private readonly RSA _rsa;

    private AvbPrivateKey(RSA rsa)
    {
        _rsa = rsa;
        PublicKey = AvbPublicKey.FromModulus(rsa.ExportParameters(includePrivateParameters: false).Modulus);
    }

    public AvbPublicKey PublicKey { get; }

    /// <summary>The key itself, which this object disposes of.</summary>
    internal RSA Rsa => _rsa;

    /// <summary>Bits of the modulus.</summary>
    public int Bits => _rsa.KeySize;

    /// <summary>The algorithm that AVB has for the key with SHA-256, the usual one.</summary>
    public AvbAlgorithm DefaultAlgorithm => AvbAlgorithm.All.First(algorithm => algorithm.KeyBits == Bits);

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
    public byte[] Sign(ReadOnlySpan<byte> hash, HashAlgorithmName algorithm) => _rsa.SignHash(hash, algorithm, RSASignaturePadding.Pkcs1);

    public void Dispose() => _rsa.Dispose();

    private static DiagnosticException Invalid(string what) => new(Diagnostic.Error(
        DiagnosticCodes.AvbKeyInvalid,
        $"the key is {what}",
        "make one with: openssl genrsa -out key.pem 4096"));
}
