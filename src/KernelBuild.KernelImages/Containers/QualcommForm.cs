using KernelBuild.KernelImages.Bytes;

namespace KernelBuild.KernelImages.Containers;

/// <summary>
/// Qualcomm's boot loader on Android 10 and 11: "UNCOMPRESSED_IMG", the kernel's length (u32, little endian), the kernel, device trees.
/// </summary>
internal static class QualcommForm
{
    private const int SizeOffset = 16;
    private const int HeaderLength = 20;

    public static ReadOnlySpan<byte> Magic => "UNCOMPRESSED_IMG"u8;

    public static LoaderForm? TryRead(ReadOnlyMemory<byte> bytes) =>
        bytes.Span.StartsWith(Magic)
            ? LoaderForm.Of(bytes, KernelLayerKind.UncompressedImage, HeaderLength, KernelBytes.U32(bytes.Span, SizeOffset), "")
            : null;
}
