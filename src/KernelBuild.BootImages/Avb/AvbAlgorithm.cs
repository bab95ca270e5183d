using System.Collections.Immutable;
using System.Security.Cryptography;

namespace KernelBuild.BootImages.Avb;

/// <summary>
/// How a vbmeta structure is signed. Source: AOSP, external/avb/libavb/avb_crypto.h; the ML-DSA algorithms are those of recent libavb.
/// </summary>
/// <param name="Id">The number in the vbmeta header.</param>
/// <param name="Name">As avbtool spells it: "SHA256_RSA4096".</param>
/// <param name="Hash">Of header and auxiliary block; null for NONE, and for ML-DSA, which hashes by itself.</param>
/// <param name="HashLength">Bytes of the stored hash.</param>
/// <param name="SignatureLength">Bytes of the stored signature.</param>
/// <param name="PublicKeyLength">Bytes of the stored public key.</param>
/// <param name="KeyBits">Bits of the RSA modulus; 0 for the others.</param>
public sealed record AvbAlgorithm(
    uint Id, string Name, HashAlgorithmName? Hash, int HashLength, int SignatureLength, int PublicKeyLength, int KeyBits)
{
    /// <summary>No hash, no signature, no key: nothing is protected.</summary>
    public static AvbAlgorithm None { get; } = new(0, "NONE", null, 0, 0, 0, 0);

    /// <summary>All that exist, by number.</summary>
    public static ImmutableArray<AvbAlgorithm> All { get; } =
    [
        None,
        Rsa(1, HashAlgorithmName.SHA256, SHA256.HashSizeInBytes, 2048),
        Rsa(2, HashAlgorithmName.SHA256, SHA256.HashSizeInBytes, 4096),
        Rsa(3, HashAlgorithmName.SHA256, SHA256.HashSizeInBytes, 8192),
        Rsa(4, HashAlgorithmName.SHA512, SHA512.HashSizeInBytes, 2048),
        Rsa(5, HashAlgorithmName.SHA512, SHA512.HashSizeInBytes, 4096),
        Rsa(6, HashAlgorithmName.SHA512, SHA512.HashSizeInBytes, 8192),
        new(7, "MLDSA65", null, 0, 3309, sizeof(uint) + 1952, 0),
        new(8, "MLDSA87", null, 0, 4627, sizeof(uint) + 2592, 0),
    ];

    public bool IsRsa => KeyBits > 0;

    /// <summary>The algorithm of a number; null when there is none.</summary>
    public static AvbAlgorithm? Find(uint id) => id < All.Length ? All[(int)id] : null;

    /// <summary>The algorithm of a name, in either case; null when there is none.</summary>
    public static AvbAlgorithm? Find(string name) =>
        All.FirstOrDefault(algorithm => algorithm.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    private static AvbAlgorithm Rsa(uint id, HashAlgorithmName hash, int hashLength, int bits) =>
        new(id, $"{hash.Name}_RSA{bits}", hash, hashLength, bits / 8, AvbPublicKey.LengthOf(bits), bits);
}
