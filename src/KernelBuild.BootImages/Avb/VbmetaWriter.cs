using System.Security.Cryptography;
using System.Text;
using KernelBuild.BootImages.Avb.Descriptors;
using KernelBuild.Compression.Memory;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Avb;

/// <summary>
/// Makes vbmeta structures as avbtool does, byte for byte: hash and signature in the authentication block; descriptors, public key and its
/// metadata in the auxiliary block; both padded to 64 bytes. The signature covers header and auxiliary block.
/// </summary>
public static class VbmetaWriter
{
    /// <exception cref="DiagnosticException">
    /// KB5017: what does not fit. KB5030: the key is not of the algorithm's size, or missing.
    /// </exception>
    public static byte[] Write(VbmetaContents contents)
    {
        var algorithm = contents.Algorithm;
        Check(contents);
        var publicKey = algorithm.IsRsa ? contents.Key!.PublicKey.ToArray() : [];
        var descriptorsLength = contents.Descriptors.Sum(descriptor => (long)descriptor.Raw.Length);
        var auxiliaryLength = Align.Up(
            descriptorsLength + publicKey.Length + contents.PublicKeyMetadata.Length, VbmetaFields.BlockAlignment);
        var authenticationLength = Align.Up(algorithm.HashLength + algorithm.SignatureLength, VbmetaFields.BlockAlignment);
        var length = VbmetaFields.HeaderLength + authenticationLength + auxiliaryLength;
        if (length > VbmetaFields.LargestVbmeta)
        {
            throw Error(
                $"the vbmeta structure would have {length} bytes, and bootloaders read at most {VbmetaFields.LargestVbmeta}",
                "leave descriptors out");
        }

        var release = new byte[VbmetaFields.ReleaseStringLength];
        Encoding.UTF8.GetBytes(contents.ReleaseString, release);
        var header = new VbmetaHeader
        {
            RequiredMinorVersion = RequiredMinorVersion(contents),
            AuthenticationBlockSize = (ulong)authenticationLength,
            AuxiliaryBlockSize = (ulong)auxiliaryLength,
            Algorithm = algorithm.Id,
            HashSize = (ulong)algorithm.HashLength,
            SignatureOffset = (ulong)algorithm.HashLength,
            SignatureSize = (ulong)algorithm.SignatureLength,
            PublicKeyOffset = (ulong)descriptorsLength,
            PublicKeySize = (ulong)publicKey.Length,
            PublicKeyMetadataOffset = (ulong)(descriptorsLength + publicKey.Length),
            PublicKeyMetadataSize = (ulong)contents.PublicKeyMetadata.Length,
            DescriptorsSize = (ulong)descriptorsLength,
            RollbackIndex = contents.RollbackIndex,
            Flags = contents.Flags,
            RollbackIndexLocation = contents.RollbackIndexLocation,
            ReleaseField = release,
        };
        var bytes = new byte[length];
        header.ToArray().CopyTo(bytes, 0);
        var auxiliary = bytes.AsSpan(VbmetaFields.HeaderLength + (int)authenticationLength);
        var offset = 0;
        foreach (var part in contents.Descriptors.Select(descriptor => descriptor.Raw).Append(publicKey).Append(contents.PublicKeyMetadata))
        {
            part.Span.CopyTo(auxiliary[offset..]);
            offset += part.Length;
        }

        if (algorithm.IsRsa)
        {
            var hash = HashOf(algorithm, bytes.AsSpan(0, VbmetaFields.HeaderLength), auxiliary);
            hash.CopyTo(bytes, VbmetaFields.HeaderLength);
            contents.Key!.Sign(hash, algorithm.Hash!.Value).CopyTo(bytes, VbmetaFields.HeaderLength + hash.Length);
        }

        return bytes;
    }

    /// <summary>The hash that the authentication block stores and that is signed: over header and auxiliary block.</summary>
    internal static byte[] HashOf(AvbAlgorithm algorithm, ReadOnlySpan<byte> header, ReadOnlySpan<byte> auxiliary)
    {
        using var hash = IncrementalHash.CreateHash(algorithm.Hash!.Value);
        hash.AppendData(header);
        hash.AppendData(auxiliary);
        return hash.GetHashAndReset();
    }

    private static uint RequiredMinorVersion(VbmetaContents contents)
    {
        var required = contents.RequiredMinorVersion;
        if (contents.RollbackIndexLocation > 0)
        {
            required = Math.Max(required, 2);
        }

        foreach (var descriptor in contents.Descriptors)
        {
            required = Math.Max(required, descriptor switch
            {
                HashDescriptor hash => hash.Digest.IsEmpty || hash.Flags != 0 ? 1u : 0,
                HashtreeDescriptor tree => tree.RootDigest.IsEmpty || tree.Flags != 0 ? 1u : 0,
                ChainPartitionDescriptor chain => chain.Flags != 0 ? 3u : 0,
                _ => 0,
            });
        }

        return required;
    }

    private static void Check(VbmetaContents contents)
    {
        var algorithm = contents.Algorithm;
        if (!algorithm.IsRsa && algorithm != AvbAlgorithm.None)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.AvbKeyInvalid, $"{algorithm.Name} signatures cannot be made", "use one of the RSA algorithms"));
        }

        if (algorithm.IsRsa && contents.Key?.Bits != algorithm.KeyBits)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.AvbKeyInvalid,
                $"{algorithm.Name} needs a key of {algorithm.KeyBits} bits, and "
                + $"{(contents.Key is null ? "none is given" : $"this one has {contents.Key.Bits}")}",
                "give a key of that size, or leave the algorithm out"));
        }

        if (Encoding.UTF8.GetByteCount(contents.ReleaseString) >= VbmetaFields.ReleaseStringLength)
        {
            throw Error(
                $"the release string \"{contents.ReleaseString}\" has more than {VbmetaFields.ReleaseStringLength - 1} bytes",
                "shorten it");
        }
    }

    private static DiagnosticException Error(string message, string fix) =>
        new(Diagnostic.Error(DiagnosticCodes.VbmetaInvalid, message, fix));
}
