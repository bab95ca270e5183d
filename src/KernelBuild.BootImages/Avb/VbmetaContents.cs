using System.Collections.Immutable;
using KernelBuild.BootImages.Avb.Descriptors;

namespace KernelBuild.BootImages.Avb;

/// <summary>What a new vbmeta structure is to say.</summary>
public sealed record VbmetaContents
{
    /// <summary>In their order.</summary>
    public ImmutableArray<AvbDescriptor> Descriptors { get; init; } = [];

    /// <summary>NONE, or one of the six RSA algorithms, with <see cref="Key"/>.</summary>
    public AvbAlgorithm Algorithm { get; init; } = AvbAlgorithm.None;

    /// <summary>Signs; must have the size that the algorithm has. Null for NONE.</summary>
    public AvbPrivateKey? Key { get; init; }

    public ReadOnlyMemory<byte> PublicKeyMetadata { get; init; }

    public ulong RollbackIndex { get; init; }

    public uint RollbackIndexLocation { get; init; }

    public VbmetaFlags Flags { get; init; }

    /// <summary>At least this; raised by what the structure holds.</summary>
    public uint RequiredMinorVersion { get; init; }

    /// <summary>Who made it; at most 47 bytes.</summary>
    public string ReleaseString { get; init; } = "";

    /// <summary>What an existing structure says, without its signature.</summary>
    public static VbmetaContents From(Vbmeta vbmeta) => new()
    {
        Descriptors = vbmeta.Descriptors,
        PublicKeyMetadata = vbmeta.PublicKeyMetadata,
        RollbackIndex = vbmeta.Header.RollbackIndex,
        RollbackIndexLocation = vbmeta.Header.RollbackIndexLocation,
        Flags = vbmeta.Header.Flags,
        RequiredMinorVersion = vbmeta.Header.RequiredMinorVersion,
        ReleaseString = vbmeta.Header.ReleaseString,
    };

    /// <summary>The same, signed with a key.</summary>
    /// <param name="key">Null for algorithm NONE.</param>
    /// <param name="algorithm">Null for SHA-256 with the key's size.</param>
    public VbmetaContents SignedWith(AvbPrivateKey? key, AvbAlgorithm? algorithm = null) =>
        this with { Key = key, Algorithm = key is null ? AvbAlgorithm.None : algorithm ?? key.DefaultAlgorithm };
}
