using System.Collections.Frozen;
using System.Security.Cryptography;

namespace KernelBuild.BootImages.Avb1;

/// <summary>Keys of AVB 1 whose private half everybody has. Source: AOSP, build/make/target/product/security.</summary>
public static class Avb1KnownKeys
{
    private static readonly FrozenDictionary<string, string> _testKeys = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["c24ec7bc163f00aa276c66fbd6a98168ef82a2be48b16189382441cdf935c76b"] = "AOSP test key \"verity\"",
        ["ef57b690165cb561b5026922c00d2d6574e8b184fa7d161e076f06e06e6d35db"] = "AOSP test key \"testkey\"",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The name of a public test key; null for all others.</summary>
    /// <param name="publicKey">A SubjectPublicKeyInfo in DER.</param>
    public static string? NameOf(ReadOnlySpan<byte> publicKey) =>
        _testKeys.GetValueOrDefault(Convert.ToHexStringLower(SHA256.HashData(publicKey)));
}
