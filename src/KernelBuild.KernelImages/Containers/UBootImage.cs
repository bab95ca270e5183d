using System.Buffers.Binary;
using KernelBuild.Diagnostics;
using KernelBuild.KernelImages.Bytes;

namespace KernelBuild.KernelImages.Containers;

/// <summary>
/// U-Boot's uImage: 64 bytes, all numbers big endian, then the kernel; in a multi-file image a list of lengths up to a zero first, and the
/// kernel is the first file. Source: U-Boot, include/image.h, struct legacy_img_hdr.
/// </summary>
internal static class UBootImage
{
    private const uint Magic = 0x2705_1956;
    private const int HeaderLength = 64;
    private const int SizeOffset = 12;
    private const int ArchitectureOffset = 29;
    private const int TypeOffset = 30;
    private const int NameOffset = 32;
    private const int NameLength = 32;
    private const int Arm64 = 22;
    private const int Multi = 4;

    public static LoaderForm? TryRead(ReadOnlyMemory<byte> bytes)
    {
        var span = bytes.Span;
        if (span.Length < HeaderLength || BinaryPrimitives.ReadUInt32BigEndian(span) != Magic)
        {
            return null;
        }

        var field = span.Slice(NameOffset, NameLength);
        var end = field.IndexOf((byte)0);
        var name = System.Text.Encoding.Latin1.GetString(end < 0 ? field : field[..end]);
        if (span[ArchitectureOffset] != Arm64)
        {
            return new LoaderForm(KernelLayerKind.UBootImage, HeaderLength, 0, name, Diagnostic.Error(
                DiagnosticCodes.KernelNotArm64,
                $"this is a uImage for architecture {span[ArchitectureOffset]} of U-Boot; only arm64 ({Arm64}) is read",
                "give the arm64 image") with
            { Offset = ArchitectureOffset });
        }

        long size = BinaryPrimitives.ReadUInt32BigEndian(span[SizeOffset..]);
        return span[TypeOffset] == Multi ? First(bytes, name) : LoaderForm.Of(bytes, KernelLayerKind.UBootImage, HeaderLength, size, name);
    }

    private static LoaderForm First(ReadOnlyMemory<byte> bytes, string name)
    {
        var at = HeaderLength;
        while (KernelBytes.U32(bytes.Span, at) != 0)
        {
            at += sizeof(uint);
        }

        var first = BinaryPrimitives.ReverseEndianness(KernelBytes.U32(bytes.Span, HeaderLength));
        return LoaderForm.Of(bytes, KernelLayerKind.UBootImage, at + sizeof(uint), first, name);
    }
}
