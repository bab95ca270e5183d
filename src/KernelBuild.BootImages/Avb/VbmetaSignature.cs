using System.Numerics;

namespace KernelBuild.BootImages.Avb;

/// <summary>Checks a vbmeta structure's signature over its bytes as they are, as libavb does.</summary>
public static class VbmetaSignature
{
    private static ReadOnlySpan<byte> Sha256Information =>
        [0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20];

    private static ReadOnlySpan<byte> Sha512Information =>
        [0x30, 0x51, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03, 0x05, 0x00, 0x04, 0x40];

    /// <summary>Checks hash, key and signature, in this order.</summary>
    public static VbmetaSignatureState Check(Vbmeta vbmeta)
    {
        if (vbmeta.Algorithm is not { } algorithm)
        {
            return VbmetaSignatureState.Malformed;
        }

        if (algorithm == AvbAlgorithm.None)
        {
            // A bootloader would not look further; but a signer does not write NONE.
            return vbmeta.Hash.IsEmpty && vbmeta.Signature.IsEmpty ? VbmetaSignatureState.NotSigned : VbmetaSignatureState.Malformed;
        }

        if (vbmeta.Hash.Length != algorithm.HashLength || vbmeta.Signature.Length != algorithm.SignatureLength)
        {
            return VbmetaSignatureState.Malformed;
        }

        if (!algorithm.IsRsa)
        {
            return vbmeta.PublicKey.Length == algorithm.PublicKeyLength ? VbmetaSignatureState.NotChecked : VbmetaSignatureState.Malformed;
        }

        var hash = VbmetaWriter.HashOf(algorithm, vbmeta.HeaderBytes.Span, vbmeta.AuxiliaryBlock.Span);
        if (!vbmeta.Hash.Span.SequenceEqual(hash))
        {
            return VbmetaSignatureState.HashDiffers;
        }

        if (!AvbPublicKey.TryRead(vbmeta.PublicKey, out var key) || key.Bits != algorithm.KeyBits || !key.IsConsistent())
        {
            return VbmetaSignatureState.KeyInvalid;
        }

        return Verify(key, vbmeta.Signature.Span, Padded(hash, algorithm))
            ? VbmetaSignatureState.Valid
            : VbmetaSignatureState.SignatureDiffers;
    }

    /// <summary>s^65537 mod n must be the padded hash, every byte of it; no parser that could be lenient stands between.</summary>
    internal static bool Verify(AvbPublicKey key, ReadOnlySpan<byte> signature, ReadOnlySpan<byte> expected)
    {
        var n = new BigInteger(key.Modulus.Span, isUnsigned: true, isBigEndian: true);
        var s = new BigInteger(signature, isUnsigned: true, isBigEndian: true);
        return s < n && BigInteger.ModPow(s, AvbPublicKey.Exponent, n) == new BigInteger(expected, isUnsigned: true, isBigEndian: true);
    }

    /// <summary>PKCS #1 v1.5: 00 01 FF…FF 00, the DigestInfo, the hash.</summary>
    internal static byte[] Padded(ReadOnlySpan<byte> hash, AvbAlgorithm algorithm)
    {
        var information = hash.Length == Sha256Information[^1] ? Sha256Information : Sha512Information;
        var padded = new byte[algorithm.SignatureLength];
        padded.AsSpan().Fill(0xff);
        padded[0] = 0;
        padded[1] = 1;
        var start = padded.Length - hash.Length - information.Length;
        padded[start - 1] = 0;
        information.CopyTo(padded.AsSpan(start));
        hash.CopyTo(padded.AsSpan(start + information.Length));
        return padded;
    }
}
