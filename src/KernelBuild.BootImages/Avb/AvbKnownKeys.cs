using System.Collections.Frozen;

namespace KernelBuild.BootImages.Avb;

/// <summary>Keys whose private half everybody has: a signature by one of them proves nothing.</summary>
public static class AvbKnownKeys
{
    private static readonly FrozenDictionary<string, string> TestKeys = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["cdbb77177f731920bbe0a0f94f84d9038ae0617d"] = "AOSP test key, RSA 2048",
        ["2597c218aae470a130f61162feaae70afd97f011"] = "AOSP test key, RSA 4096",
        ["5227b569de003adc7f8ec3fc03e05dfbd969abad"] = "AOSP test key, RSA 8192",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The name of a public test key; null for all others.</summary>
    /// <param name="blob">The public key as AVB stores it.</param>
    public static string? NameOf(ReadOnlySpan<byte> blob) => TestKeys.GetValueOrDefault(AvbPublicKey.FingerprintOf(blob));
}
