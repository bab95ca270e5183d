using System.Diagnostics.CodeAnalysis;
using KernelBuild.Compression.Memory;

namespace KernelBuild.BootImages.Avb;

/// <summary>
/// The last 64 bytes of a partition that carries AVB 2.0 metadata: where the vbmeta structure is, and how many bytes the image had
/// before. All integers are big endian. Source: AOSP, external/avb/libavb/avb_footer.h.
/// </summary>
/// <param name="MajorVersion">1; a bootloader refuses a higher one.</param>
/// <param name="MinorVersion">0.</param>
/// <param name="OriginalImageSize">Bytes of the image without AVB data, not rounded up.</param>
/// <param name="VbmetaOffset">Bytes from the start of the partition.</param>
/// <param name="VbmetaSize">Bytes of the vbmeta structure without padding.</param>
public sealed record AvbFooter(uint MajorVersion, uint MinorVersion, ulong OriginalImageSize, ulong VbmetaOffset, ulong VbmetaSize)
{
    public const int Length = 64;
    public const int ReservedLength = 28;
    public const int HighestMajorVersion = 1;

    private const int MajorVersionOffset = 4;
    private const int MinorVersionOffset = 8;
    private const int OriginalImageSizeOffset = 12;
    private const int VbmetaOffsetOffset = 20;
    private const int VbmetaSizeOffset = 28;
    private const int ReservedOffset = 36;

    public static ReadOnlySpan<byte> Magic => "AVBf"u8;

    /// <summary>28 bytes, zero by the format.</summary>
    public ReadOnlyMemory<byte> Reserved { get; init; } = new byte[ReservedLength];

    /// <summary>Reads the footer at the end of a partition's image; false when there is none. Nothing it says is checked here.</summary>
    public static bool TryRead(ReadOnlyMemory<byte> image, [NotNullWhen(true)] out AvbFooter? footer)
    {
        footer = null;
        if (image.Length < Length || !image.Span[^Length..].StartsWith(Magic))
        {
            return false;
        }

        var bytes = image.Span[^Length..];
        footer = new AvbFooter(
            BigEndian.U32(bytes, MajorVersionOffset),
            BigEndian.U32(bytes, MinorVersionOffset),
            BigEndian.U64(bytes, OriginalImageSizeOffset),
            BigEndian.U64(bytes, VbmetaOffsetOffset),
            BigEndian.U64(bytes, VbmetaSizeOffset))
        {
            Reserved = image[^ReservedLength..],
        };
        return true;
    }

    /// <summary>The 64 bytes.</summary>
    public byte[] ToArray()
    {
        var bytes = new byte[Length];
        Magic.CopyTo(bytes);
        BigEndian.PutU32(bytes, MajorVersionOffset, MajorVersion);
        BigEndian.PutU32(bytes, MinorVersionOffset, MinorVersion);
        BigEndian.PutU64(bytes, OriginalImageSizeOffset, OriginalImageSize);
        BigEndian.PutU64(bytes, VbmetaOffsetOffset, VbmetaOffset);
        BigEndian.PutU64(bytes, VbmetaSizeOffset, VbmetaSize);
        Reserved.Span.CopyTo(bytes.AsSpan(ReservedOffset));
        return bytes;
    }
}
