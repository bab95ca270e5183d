using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

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
            BinaryPrimitives.ReadUInt32BigEndian(bytes[MajorVersionOffset..]),
            BinaryPrimitives.ReadUInt32BigEndian(bytes[MinorVersionOffset..]),
            BinaryPrimitives.ReadUInt64BigEndian(bytes[OriginalImageSizeOffset..]),
            BinaryPrimitives.ReadUInt64BigEndian(bytes[VbmetaOffsetOffset..]),
            BinaryPrimitives.ReadUInt64BigEndian(bytes[VbmetaSizeOffset..]))
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
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(MajorVersionOffset), MajorVersion);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(MinorVersionOffset), MinorVersion);
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(OriginalImageSizeOffset), OriginalImageSize);
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(VbmetaOffsetOffset), VbmetaOffset);
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(VbmetaSizeOffset), VbmetaSize);
        Reserved.Span.CopyTo(bytes.AsSpan(ReservedOffset));
        return bytes;
    }
}
