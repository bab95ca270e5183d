using System.Buffers.Binary;
using KernelBuild.BootImages.Layout;

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
    public string ReleaseString => CommandLineText.Decode(CommandLineText.UntilNul(ReleaseField.Span));

    /// <summary>Reads the fields of a header, magic not looked at.</summary>
    /// <param name="header">At least 256 bytes.</param>
    public static VbmetaHeader Read(ReadOnlyMemory<byte> header) => new()
    {
        RequiredMajorVersion = U32(header, VbmetaFields.RequiredMajorVersion),
        RequiredMinorVersion = U32(header, VbmetaFields.RequiredMinorVersion),
        AuthenticationBlockSize = U64(header, VbmetaFields.AuthenticationBlockSize),
        AuxiliaryBlockSize = U64(header, VbmetaFields.AuxiliaryBlockSize),
        Algorithm = U32(header, VbmetaFields.Algorithm),
        HashOffset = U64(header, VbmetaFields.HashOffset),
        HashSize = U64(header, VbmetaFields.HashSize),
        SignatureOffset = U64(header, VbmetaFields.SignatureOffset),
        SignatureSize = U64(header, VbmetaFields.SignatureSize),
        PublicKeyOffset = U64(header, VbmetaFields.PublicKeyOffset),
        PublicKeySize = U64(header, VbmetaFields.PublicKeySize),
        PublicKeyMetadataOffset = U64(header, VbmetaFields.PublicKeyMetadataOffset),
        PublicKeyMetadataSize = U64(header, VbmetaFields.PublicKeyMetadataSize),
        DescriptorsOffset = U64(header, VbmetaFields.DescriptorsOffset),
        DescriptorsSize = U64(header, VbmetaFields.DescriptorsSize),
        RollbackIndex = U64(header, VbmetaFields.RollbackIndex),
        Flags = (VbmetaFlags)U32(header, VbmetaFields.Flags),
        RollbackIndexLocation = U32(header, VbmetaFields.RollbackIndexLocation),
        ReleaseField = header.Slice(VbmetaFields.ReleaseString, VbmetaFields.ReleaseStringLength),
        Reserved = header[VbmetaFields.Reserved..VbmetaFields.HeaderLength],
    };

    /// <summary>The 256 bytes, magic included.</summary>
    public byte[] ToArray()
    {
        var bytes = new byte[VbmetaFields.HeaderLength];
        VbmetaFields.Magic.CopyTo(bytes);
        U32(VbmetaFields.RequiredMajorVersion, RequiredMajorVersion);
        U32(VbmetaFields.RequiredMinorVersion, RequiredMinorVersion);
        U64(VbmetaFields.AuthenticationBlockSize, AuthenticationBlockSize);
        U64(VbmetaFields.AuxiliaryBlockSize, AuxiliaryBlockSize);
        U32(VbmetaFields.Algorithm, Algorithm);
        U64(VbmetaFields.HashOffset, HashOffset);
        U64(VbmetaFields.HashSize, HashSize);
        U64(VbmetaFields.SignatureOffset, SignatureOffset);
        U64(VbmetaFields.SignatureSize, SignatureSize);
        U64(VbmetaFields.PublicKeyOffset, PublicKeyOffset);
        U64(VbmetaFields.PublicKeySize, PublicKeySize);
        U64(VbmetaFields.PublicKeyMetadataOffset, PublicKeyMetadataOffset);
        U64(VbmetaFields.PublicKeyMetadataSize, PublicKeyMetadataSize);
        U64(VbmetaFields.DescriptorsOffset, DescriptorsOffset);
        U64(VbmetaFields.DescriptorsSize, DescriptorsSize);
        U64(VbmetaFields.RollbackIndex, RollbackIndex);
        U32(VbmetaFields.Flags, (uint)Flags);
        U32(VbmetaFields.RollbackIndexLocation, RollbackIndexLocation);
        ReleaseField.Span.CopyTo(bytes.AsSpan(VbmetaFields.ReleaseString));
        Reserved.Span.CopyTo(bytes.AsSpan(VbmetaFields.Reserved));
        return bytes;

        void U32(int offset, uint value) => BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(offset), value);
        void U64(int offset, ulong value) => BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(offset), value);
    }

    private static uint U32(ReadOnlyMemory<byte> header, int offset) => BinaryPrimitives.ReadUInt32BigEndian(header.Span[offset..]);

    private static ulong U64(ReadOnlyMemory<byte> header, int offset) => BinaryPrimitives.ReadUInt64BigEndian(header.Span[offset..]);
}
