using System.Buffers;
using System.Security.Cryptography;
using KernelBuild.BootImages.Layout;
using KernelBuild.Compression.Memory;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Avb;

/// <summary>The digest of a hash descriptor: H(salt || image).</summary>
public static class AvbDigest
{
    /// <summary>Whether a bootloader, and this library, can compute it: "sha256" and "sha512".</summary>
    public static bool IsKnown(string algorithm) => algorithm is "sha256" or "sha512";

    /// <exception cref="DiagnosticException">KB5018: another algorithm.</exception>
    public static byte[] Compute(string algorithm, ReadOnlySpan<byte> salt, ReadOnlyMemory<byte> image) =>
        Compute(algorithm, salt, new ReadOnlySequence<byte>(image));

    /// <exception cref="DiagnosticException">KB5018: another algorithm.</exception>
    public static byte[] Compute(string algorithm, ReadOnlySpan<byte> salt, ReadOnlySequence<byte> image)
    {
        using var hash = IncrementalHash.CreateHash(algorithm switch
        {
            "sha256" => HashAlgorithmName.SHA256,
            "sha512" => HashAlgorithmName.SHA512,
            _ => throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.AvbDescriptorInvalid,
                $"the hash algorithm \"{HeaderText.Printable(algorithm)}\" of a descriptor is not one that a bootloader supports: sha256, "
                + $"sha512",
                "recreate the descriptor with sha256")),
        });
        hash.AppendData(salt);
        MemoryWindow.Append(hash, image);
        return hash.GetHashAndReset();
    }

    /// <summary>Bytes of a digest; the default length of the salt too.</summary>
    public static int LengthOf(string algorithm) => algorithm == "sha512" ? SHA512.HashSizeInBytes : SHA256.HashSizeInBytes;
}
