using System.Buffers.Binary;

namespace KernelBuild.Compression.Recognition;

/// <summary>
/// The 64-byte header of an uncompressed arm64 kernel. All fields are little endian.
/// Source: Linux, Documentation/arch/arm64/booting.rst.
/// </summary>
/// <param name="TextOffset">Bytes from a 2 MiB boundary of memory to where the image is to be loaded; 0 since Linux 5.8.</param>
/// <param name="ImageSize">Bytes of memory the image takes, .bss included: more than the file has. 0 before Linux 3.17.</param>
/// <param name="Flags">Bit 0 big endian; bits 1–2 page size; bit 3 may be placed anywhere.</param>
public sealed record Arm64Image(ulong TextOffset, ulong ImageSize, ulong Flags)
{
    public const int HeaderLength = 64;
    public const int TextOffsetOffset = 8;
    public const int ImageSizeOffset = 16;
    public const int FlagsOffset = 24;
    public const int MagicOffset = 0x38;

    public static ReadOnlySpan<byte> Magic => "ARMd"u8;

    public bool IsBigEndian => (Flags & 1) != 0;

    /// <summary>Bytes of a page in the kernel's page tables: 4096, 16384 or 65536; null when the header does not say.</summary>
    public int? PageSize => (Flags >> 1 & 3) switch
    {
        1 => 4096,
        2 => 16384,
        3 => 65536,
        _ => null,
    };

    /// <summary>
    /// True when the image may lie anywhere in memory, false when it wants to be as close as possible to the start of RAM.
    /// </summary>
    public bool MayBePlacedAnywhere => (Flags & 8) != 0;

    /// <summary>Reads the header; false when there is none.</summary>
    public static bool TryRead(ReadOnlySpan<byte> kernel, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Arm64Image? image)
    {
        if (kernel.Length < HeaderLength || !kernel[MagicOffset..].StartsWith(Magic))
        {
            image = null;
            return false;
        }

        image = new Arm64Image(
            BinaryPrimitives.ReadUInt64LittleEndian(kernel[TextOffsetOffset..]),
            BinaryPrimitives.ReadUInt64LittleEndian(kernel[ImageSizeOffset..]),
            BinaryPrimitives.ReadUInt64LittleEndian(kernel[FlagsOffset..]));
        return true;
    }
}
