using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using KernelBuild.BootImages.Avb.Descriptors;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Avb;

/// <summary>
/// A vbmeta structure: header, authentication block (hash and signature), auxiliary block (descriptors, public key, its metadata).
/// Memories are slices of what was read.
/// </summary>
public sealed record Vbmeta
{
    /// <summary>The whole structure, without padding behind it.</summary>
    public required ReadOnlyMemory<byte> Bytes { get; init; }

    public required VbmetaHeader Header { get; init; }

    public ReadOnlyMemory<byte> Hash { get; init; }

    public ReadOnlyMemory<byte> Signature { get; init; }

    /// <summary>As stored; for RSA see <see cref="AvbPublicKey"/>.</summary>
    public ReadOnlyMemory<byte> PublicKey { get; init; }

    public ReadOnlyMemory<byte> PublicKeyMetadata { get; init; }

    public required ImmutableArray<AvbDescriptor> Descriptors { get; init; }

    /// <summary>Null for a number that is not known.</summary>
    public AvbAlgorithm? Algorithm => AvbAlgorithm.Find(Header.Algorithm);

    public ReadOnlyMemory<byte> HeaderBytes => Bytes[..VbmetaFields.HeaderLength];

    public ReadOnlyMemory<byte> AuthenticationBlock => Bytes.Slice(VbmetaFields.HeaderLength, (int)Header.AuthenticationBlockSize);

    public ReadOnlyMemory<byte> AuxiliaryBlock => Bytes[(VbmetaFields.HeaderLength + (int)Header.AuthenticationBlockSize)..];

    /// <summary>Reads a structure that starts with the memory; what follows it is not looked at.</summary>
    /// <param name="bytes">From the magic on.</param>
    /// <param name="vbmeta">Null when the result is false.</param>
    /// <param name="diagnostics">
    /// When false, one error: KB5017 the structure, KB5018 a descriptor. Otherwise warnings of the same codes. Offsets count from the
    /// start.
    /// </param>
    public static bool TryRead(
        ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out Vbmeta? vbmeta, out IReadOnlyList<Diagnostic> diagnostics)
    {
        var reader = new VbmetaReader(bytes);
        vbmeta = reader.Read();
        diagnostics = reader.Diagnostics;
        return vbmeta is not null;
    }

    /// <summary>Reads a structure that is known to be one.</summary>
    /// <exception cref="DiagnosticException">KB5017 or KB5018.</exception>
    public static Vbmeta Read(ReadOnlyMemory<byte> bytes) =>
        TryRead(bytes, out var vbmeta, out var diagnostics) ? vbmeta : throw new DiagnosticException(diagnostics);
}
