namespace KernelBuild.BootImages.Avb;

/// <summary>
/// Where the fields of a vbmeta header are: byte offsets from its start. All integers are big endian.
/// Source: AOSP, external/avb/libavb/avb_vbmeta_image.h.
/// </summary>
public static class VbmetaFields
{
    public const int HeaderLength = 256;

    /// <summary>Blocks are multiples of this.</summary>
    public const int BlockAlignment = 64;

    /// <summary>What a bootloader reads at most.</summary>
    public const int LargestVbmeta = 64 * 1024;

    public const int RequiredMajorVersion = 4;
    public const int RequiredMinorVersion = 8;
    public const int AuthenticationBlockSize = 12;
    public const int AuxiliaryBlockSize = 20;
    public const int Algorithm = 28;
    public const int HashOffset = 32;
    public const int HashSize = 40;
    public const int SignatureOffset = 48;
    public const int SignatureSize = 56;
    public const int PublicKeyOffset = 64;
    public const int PublicKeySize = 72;
    public const int PublicKeyMetadataOffset = 80;
    public const int PublicKeyMetadataSize = 88;
    public const int DescriptorsOffset = 96;
    public const int DescriptorsSize = 104;
    public const int RollbackIndex = 112;
    public const int Flags = 120;
    public const int RollbackIndexLocation = 124;
    public const int ReleaseString = 128;
    public const int ReleaseStringLength = 48;
    public const int Reserved = 176;

    public static ReadOnlySpan<byte> Magic => "AVB0"u8;
}
