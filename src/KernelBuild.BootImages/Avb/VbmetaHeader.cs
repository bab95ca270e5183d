using KernelBuild.BootImages.Layout;
using KernelBuild.Compression.Memory;

namespace KernelBuild.BootImages.Avb;

/// <summary>
/// The 256 bytes at the start of a vbmeta structure, every field as stored. Offsets of hash and signature count from the start of the
/// authentication block, the others from the start of the auxiliary block. Source: AOSP, external/avb/libavb/avb_vbmeta_image.h.
/// </summary>
public sealed record VbmetaHeader
{
    /// <summary>The libavb version that a bootloader must have.</summary>
    public uint RequiredMajorVersion { get; init; } = 1;

    public uint RequiredMinorVersion { get; init; }

    public ulong AuthenticationBlockSize { get; init; }

    public ulong AuxiliaryBlockSize { get; init; }

    /// <summary>See <see cref="AvbAlgorithm"/>.</summary>
    public uint Algorithm { get; init; }

    public ulong HashOffset { get; init; }

    public ulong HashSize { get; init; }

    public ulong SignatureOffset { get; init; }

    public ulong SignatureSize { get; init; }

    public ulong PublicKeyOffset { get; init; }

    public ulong PublicKeySize { get; init; }

    public ulong PublicKeyMetadataOffset { get; init; }

    public ulong PublicKeyMetadataSize { get; init; }

    public ulong DescriptorsOffset { get; init; }

    public ulong DescriptorsSize { get; init; }

    /// <summary>A bootloader refuses an index below the one that it has stored.</summary>
    public ulong RollbackIndex { get; init; }

    public VbmetaFlags Flags { get; init; }

    public uint RollbackIndexLocation { get; init; }

    /// <summary>Who made it: 48 bytes as stored, ended by a NUL.</summary>
    public ReadOnlyMemory<byte> ReleaseField { get; init; } = new byte[VbmetaFields.ReleaseStringLength];

    /// <summary>80 bytes, zero by the format.</summary>
    public ReadOnlyMemory<byte> Reserved { get; init; } = new byte[VbmetaFields.HeaderLength - VbmetaFields.Reserved];

    /// <summary><see cref="ReleaseField"/> up to its NUL.</summary>
    public string ReleaseString => HeaderText.Read(ReleaseField.Span);

    /// <summary>Reads the fields of a header, magic not looked at.</summary>
    /// <param name="header">At least 256 bytes.</param>
    public static VbmetaHeader Read(ReadOnlyMemory<byte> header) => new()
    {
        RequiredMajorVersion = BigEndian.U32(header.Span, VbmetaFields.RequiredMajorVersion),
        RequiredMinorVersion = BigEndian.U32(header.Span, VbmetaFields.RequiredMinorVersion),
        AuthenticationBlockSize = BigEndian.U64(header.Span, VbmetaFields.AuthenticationBlockSize),
        AuxiliaryBlockSize = BigEndian.U64(header.Span, VbmetaFields.AuxiliaryBlockSize),
        Algorithm = BigEndian.U32(header.Span, VbmetaFields.Algorithm),
        HashOffset = BigEndian.U64(header.Span, VbmetaFields.HashOffset),
        HashSize = BigEndian.U64(header.Span, VbmetaFields.HashSize),
        SignatureOffset = BigEndian.U64(header.Span, VbmetaFields.SignatureOffset),
        SignatureSize = BigEndian.U64(header.Span, VbmetaFields.SignatureSize),
        PublicKeyOffset = BigEndian.U64(header.Span, VbmetaFields.PublicKeyOffset),
        PublicKeySize = BigEndian.U64(header.Span, VbmetaFields.PublicKeySize),
        PublicKeyMetadataOffset = BigEndian.U64(header.Span, VbmetaFields.PublicKeyMetadataOffset),
        PublicKeyMetadataSize = BigEndian.U64(header.Span, VbmetaFields.PublicKeyMetadataSize),
        DescriptorsOffset = BigEndian.U64(header.Span, VbmetaFields.DescriptorsOffset),
        DescriptorsSize = BigEndian.U64(header.Span, VbmetaFields.DescriptorsSize),
        RollbackIndex = BigEndian.U64(header.Span, VbmetaFields.RollbackIndex),
        Flags = (VbmetaFlags)BigEndian.U32(header.Span, VbmetaFields.Flags),
        RollbackIndexLocation = BigEndian.U32(header.Span, VbmetaFields.RollbackIndexLocation),
        ReleaseField = header.Slice(VbmetaFields.ReleaseString, VbmetaFields.ReleaseStringLength),
        Reserved = header[VbmetaFields.Reserved..VbmetaFields.HeaderLength],
    };

    /// <summary>The 256 bytes, magic included.</summary>
    public byte[] ToArray()
    {
        var bytes = new byte[VbmetaFields.HeaderLength];
        VbmetaFields.Magic.CopyTo(bytes);
        BigEndian.PutU32(bytes, VbmetaFields.RequiredMajorVersion, RequiredMajorVersion);
        BigEndian.PutU32(bytes, VbmetaFields.RequiredMinorVersion, RequiredMinorVersion);
        BigEndian.PutU64(bytes, VbmetaFields.AuthenticationBlockSize, AuthenticationBlockSize);
        BigEndian.PutU64(bytes, VbmetaFields.AuxiliaryBlockSize, AuxiliaryBlockSize);
        BigEndian.PutU32(bytes, VbmetaFields.Algorithm, Algorithm);
        BigEndian.PutU64(bytes, VbmetaFields.HashOffset, HashOffset);
        BigEndian.PutU64(bytes, VbmetaFields.HashSize, HashSize);
        BigEndian.PutU64(bytes, VbmetaFields.SignatureOffset, SignatureOffset);
        BigEndian.PutU64(bytes, VbmetaFields.SignatureSize, SignatureSize);
        BigEndian.PutU64(bytes, VbmetaFields.PublicKeyOffset, PublicKeyOffset);
        BigEndian.PutU64(bytes, VbmetaFields.PublicKeySize, PublicKeySize);
        BigEndian.PutU64(bytes, VbmetaFields.PublicKeyMetadataOffset, PublicKeyMetadataOffset);
        BigEndian.PutU64(bytes, VbmetaFields.PublicKeyMetadataSize, PublicKeyMetadataSize);
        BigEndian.PutU64(bytes, VbmetaFields.DescriptorsOffset, DescriptorsOffset);
        BigEndian.PutU64(bytes, VbmetaFields.DescriptorsSize, DescriptorsSize);
        BigEndian.PutU64(bytes, VbmetaFields.RollbackIndex, RollbackIndex);
        BigEndian.PutU32(bytes, VbmetaFields.Flags, (uint)Flags);
        BigEndian.PutU32(bytes, VbmetaFields.RollbackIndexLocation, RollbackIndexLocation);
        ReleaseField.Span.CopyTo(bytes.AsSpan(VbmetaFields.ReleaseString));
        Reserved.Span.CopyTo(bytes.AsSpan(VbmetaFields.Reserved));
        return bytes;
    }
}
