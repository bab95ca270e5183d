using KernelBuild.Compression.Codecs;

namespace KernelBuild.Compression.Recognition;

/// <summary>Names what a file is by its first bytes, for messages about files that are not what was expected.</summary>
public static class FileKind
{
    public static string Describe(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return "nothing (the file is empty)";
        }

        if (bytes.StartsWith("VNDRBOOT"u8))
        {
            return "VNDRBOOT (a vendor_boot image)";
        }

        if (bytes.StartsWith("AVB0"u8))
        {
            return "AVB0 (a vbmeta image)";
        }

        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xd7, 0xb7, 0xab, 0x1e]))
        {
            return "d7b7ab1e (a dtbo image)";
        }

        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xd0, 0x0d, 0xfe, 0xed]))
        {
            return "d00dfeed (a device tree blob)";
        }

        if (bytes.StartsWith((ReadOnlySpan<byte>)[0x3a, 0xff, 0x26, 0xed]))
        {
            return "3aff26ed (an Android sparse image; convert it with simg2img)";
        }

        if (bytes.StartsWith("CrAU"u8))
        {
            return "CrAU (an OTA payload.bin)";
        }

        if (bytes.StartsWith("PK\u0003\u0004"u8))
        {
            return "PK (a zip archive; unpack it first)";
        }

        if (bytes.StartsWith("\u007fELF"u8))
        {
            return "an ELF header";
        }

        if (Arm64Image.TryRead(bytes, out _))
        {
            return "an arm64 kernel Image";
        }

        var compression = CompressionFormats.Recognize(bytes);
        return compression == KernelBuild.Compression.Codecs.CompressionFormat.None
            ? $"the bytes {Convert.ToHexStringLower(bytes[..Math.Min(8, bytes.Length)])}"
            : $"{KernelBuild.Compression.Codecs.CompressionFormats.NameOf(compression)}-compressed data";
    }
}
