using KernelBuild.KernelImages.Bytes;

namespace KernelBuild.KernelImages.Containers;

/// <summary>Rockchip's kernel.img: "KRNL", the length of the kernel (u32, little endian), the kernel, a CRC-32 of their own.</summary>
internal static class RockchipForm
{
    private const int SizeOffset = 4;
    private const int HeaderLength = 8;

    public static LoaderForm? TryRead(ReadOnlyMemory<byte> bytes) =>
        bytes.Span.StartsWith("KRNL"u8)
            ? LoaderForm.Of(bytes, KernelLayerKind.RockchipImage, HeaderLength, KernelBytes.U32(bytes.Span, SizeOffset), "")
            : null;
}
