using System.Security.Cryptography;

namespace KernelBuild.BootImages.Avb1;

/// <summary>How an AVB 1 signature is made.</summary>
/// <param name="Identifier">The object identifier, in dotted decimals.</param>
/// <param name="Name">As openssl names it; the identifier for one that is not known.</param>
/// <param name="Hash">Of what is signed; null for an algorithm that is not known.</param>
/// <param name="IsElliptic">ECDSA rather than RSA.</param>
public sealed record Avb1Algorithm(string Identifier, string Name, HashAlgorithmName? Hash, bool IsElliptic)
{
    // RFC 8017, appendix C, and RFC 5758, section 3.2
    private static readonly Avb1Algorithm[] Known =
    [
        new("1.2.840.113549.1.1.5", "sha1WithRSAEncryption", HashAlgorithmName.SHA1, false),
        new("1.2.840.113549.1.1.11", "sha256WithRSAEncryption", HashAlgorithmName.SHA256, false),
        new("1.2.840.113549.1.1.12", "sha384WithRSAEncryption", HashAlgorithmName.SHA384, false),
        new("1.2.840.113549.1.1.13", "sha512WithRSAEncryption", HashAlgorithmName.SHA512, false),
        new("1.2.840.10045.4.1", "ecdsa-with-SHA1", HashAlgorithmName.SHA1, true),
        new("1.2.840.10045.4.3.2", "ecdsa-with-SHA256", HashAlgorithmName.SHA256, true),
        new("1.2.840.10045.4.3.3", "ecdsa-with-SHA384", HashAlgorithmName.SHA384, true),
        new("1.2.840.10045.4.3.4", "ecdsa-with-SHA512", HashAlgorithmName.SHA512, true),
    ];

    /// <summary>The algorithm of an identifier; one without a hash when it is not known.</summary>
    public static Avb1Algorithm Of(string identifier) =>
        Array.Find(Known, one => one.Identifier == identifier) ?? new Avb1Algorithm(identifier, identifier, null, false);

    /// <summary>
    /// What AOSP's tool takes for a key: SHA-256 for RSA; for a curve the hash of its size.
    /// Source: AOSP, system/extras/verity, Utils.java, getSignatureAlgorithm.
    /// </summary>
    internal static Avb1Algorithm For(AsymmetricAlgorithm key) => Known.First(one => key is ECDsa
        ? one.IsElliptic && one.Hash == (key.KeySize <= 256 ? HashAlgorithmName.SHA256
            : key.KeySize <= 384 ? HashAlgorithmName.SHA384 : HashAlgorithmName.SHA512)
        : !one.IsElliptic && one.Hash == HashAlgorithmName.SHA256);
}
