using System.Buffers;
using System.Security.Cryptography;
using KernelBuild.Compression.Memory;

namespace KernelBuild.BootImages.Avb1;

/// <summary>Checks AVB 1 signatures. Source: AOSP, system/extras/verity, BootSignature.java, verify.</summary>
public static class Avb1Verification
{
    /// <summary>Whether a signature is that of an image.</summary>
    /// <param name="block">The signature.</param>
    /// <param name="image">The image up to the end of its last section, padding included: what has to be signed.</param>
    public static Avb1State Check(Avb1Block block, ReadOnlyMemory<byte> image)
    {
        if (block.Signature is not { } signature)
        {
            return Avb1State.Malformed;
        }

        if (signature.SignedLength != image.Length)
        {
            return Avb1State.LengthDiffers;
        }

        if (signature.Algorithm.Hash is not { } algorithm)
        {
            return Avb1State.NotChecked;
        }

        using var key = Avb1Certificate.KeyOf(signature.Certificate.Span);
        if (key is not (RSA or ECDsa) || key is ECDsa != signature.Algorithm.IsElliptic)
        {
            return Avb1State.KeyInvalid;
        }

        var hash = Hash(algorithm, new ReadOnlySequence<byte>(image), signature.Attributes.Span);
        return Verify(key, hash, signature.Signature.Span, algorithm) ? Avb1State.Valid : Avb1State.SignatureDiffers;
    }

    /// <summary>The hash of an image and of the attributes behind it.</summary>
    internal static byte[] Hash(HashAlgorithmName algorithm, ReadOnlySequence<byte> image, ReadOnlySpan<byte> attributes)
    {
        using var hash = IncrementalHash.CreateHash(algorithm);
        MemoryWindow.Append(hash, image);
        hash.AppendData(attributes);
        return hash.GetHashAndReset();
    }

    private static bool Verify(AsymmetricAlgorithm key, byte[] hash, ReadOnlySpan<byte> signature, HashAlgorithmName algorithm)
    {
        try
        {
            return key is RSA rsa
                ? rsa.VerifyHash(hash, signature, algorithm, RSASignaturePadding.Pkcs1)
                : ((ECDsa)key).VerifyHash(hash, signature, DSASignatureFormat.Rfc3279DerSequence);
        }
        catch (CryptographicException)
        {
            // a signature that is no number of the key's size
            return false;
        }
    }
}
