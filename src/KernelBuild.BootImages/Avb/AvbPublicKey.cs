using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Security.Cryptography;

namespace KernelBuild.BootImages.Avb;

/// <summary>
/// An RSA public key as AVB stores it: u32 bits, u32 n0inv, the modulus, rr; big endian. n0inv and rr are for the bootloader's Montgomery
/// multiplication; it does not compute them itself. The exponent is always 65537.
/// Source: AOSP, external/avb/libavb/avb_crypto.h, AvbRSAPublicKeyHeader.
/// </summary>
/// <param name="Bits">2048, 4096 or 8192.</param>
/// <param name="N0Inverse">-n⁻¹ mod 2³².</param>
/// <param name="Modulus">n, big endian, Bits / 8 bytes.</param>
/// <param name="RSquared">(2^Bits)² mod n, big endian, Bits / 8 bytes.</param>
public sealed record AvbPublicKey(uint Bits, uint N0Inverse, ReadOnlyMemory<byte> Modulus, ReadOnlyMemory<byte> RSquared)
{
    public const int Exponent = 65537;
    private const int HeaderLength = 8;

    /// <summary>Bytes of the blob of a key.</summary>
    /// <param name="bits">Of the modulus.</param>
    public static int LengthOf(int bits) => HeaderLength + (2 * bits / 8);

    /// <summary>The SHA-1 by which keys are named in tools and in lists of known keys; 40 lower-case hexadecimal digits.</summary>
    public static string FingerprintOf(ReadOnlySpan<byte> blob) => Convert.ToHexStringLower(SHA1.HashData(blob));

    /// <summary>Reads a blob; false when its length does not belong to its bits.</summary>
    public static bool TryRead(ReadOnlyMemory<byte> blob, [NotNullWhen(true)] out AvbPublicKey? key)
    {
        key = null;
        if (blob.Length < HeaderLength)
        {
            return false;
        }

        var bits = BinaryPrimitives.ReadUInt32BigEndian(blob.Span);
        if (bits is not (2048 or 4096 or 8192) || blob.Length != LengthOf((int)bits))
        {
            return false;
        }

        var length = (int)bits / 8;
        key = new AvbPublicKey(
            bits, BinaryPrimitives.ReadUInt32BigEndian(blob.Span[sizeof(uint)..]), blob.Slice(HeaderLength, length),
            blob.Slice(HeaderLength + length, length));
        return true;
    }

    /// <summary>The blob's content for a modulus.</summary>
    /// <param name="modulus">Big endian, 256, 512 or 1024 bytes.</param>
    public static AvbPublicKey FromModulus(ReadOnlySpan<byte> modulus)
    {
        var bits = modulus.Length * 8;
        var n = new BigInteger(modulus, isUnsigned: true, isBigEndian: true);
        var squared = BigInteger.ModPow(2, 2 * bits, n).ToByteArray(isUnsigned: true, isBigEndian: true);
        var rSquared = new byte[modulus.Length];
        squared.CopyTo(rSquared, rSquared.Length - squared.Length);
        return new AvbPublicKey(
            (uint)bits, InverseOf(BinaryPrimitives.ReadUInt32BigEndian(modulus[^sizeof(uint)..])), modulus.ToArray(), rSquared);
    }

    /// <summary>A public key in PEM form: "PUBLIC KEY" or "RSA PUBLIC KEY", of a size and exponent that AVB knows.</summary>
    public static bool TryFromPem(string text, [NotNullWhen(true)] out AvbPublicKey? key)
    {
        key = null;
        if (!text.Contains("-----BEGIN PUBLIC KEY-----", StringComparison.Ordinal) && !text.Contains("-----BEGIN RSA PUBLIC KEY-----", StringComparison.Ordinal))
        {
            return false;
        }

        try
        {
            using var rsa = RSA.Create();
            rsa.ImportFromPem(text);
            var parameters = rsa.ExportParameters(includePrivateParameters: false);
            key = parameters.Modulus is { Length: 256 or 512 or 1024 } modulus && parameters.Exponent is [1, 0, 1] ? FromModulus(modulus) : null;
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            return false;
        }

        return key is not null;
    }

    /// <summary>Whether n0inv and rr are those of the modulus; a bootloader that uses wrong ones accepts no signature.</summary>
    public bool IsConsistent()
    {
        if ((Modulus.Span[^1] & 1) == 0 || Modulus.Span[0] == 0)
        {
            return false;
        }

        var right = FromModulus(Modulus.Span);
        return right.N0Inverse == N0Inverse && right.RSquared.Span.SequenceEqual(RSquared.Span);
    }

    /// <summary>The blob.</summary>
    public byte[] ToArray()
    {
        var blob = new byte[LengthOf((int)Bits)];
        BinaryPrimitives.WriteUInt32BigEndian(blob, Bits);
        BinaryPrimitives.WriteUInt32BigEndian(blob.AsSpan(sizeof(uint)), N0Inverse);
        Modulus.Span.CopyTo(blob.AsSpan(HeaderLength));
        RSquared.Span.CopyTo(blob.AsSpan(HeaderLength + Modulus.Length));
        return blob;
    }

    /// <summary>-n⁻¹ mod 2³² by Newton's iteration: each round doubles the bits that are right.</summary>
    private static uint InverseOf(uint n)
    {
        var inverse = n;
        for (var bits = 3; bits < 32; bits *= 2)
        {
            inverse = unchecked(inverse * (2 - (n * inverse)));
        }

        return unchecked(0 - inverse);
    }
}
