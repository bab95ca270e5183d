using KernelBuild.Compression.Codecs;

namespace KernelBuild.Compression.Recognition;

/// <summary>Names what a file is by its first bytes, for messages about files that are not what was expected.</summary>
public static class FileKind
{
    private const string Extract = "take the image out of it: kernelbuild boot extract FILE --partition boot -o boot.img";

    private const string Incremental = "it needs the old image: take a full OTA";

    /// <summary>Magics at a place, what they stand for, and what is to be done with such a file.</summary>
    private static readonly (int Offset, byte[] Magic, string Name, string Fix)[] _kinds =
    [
        (0, "ANDROID!"u8.ToArray(), "ANDROID! (a boot image)", ""),
        (0, "VNDRBOOT"u8.ToArray(), "VNDRBOOT (a vendor_boot image)", ""),
        (0, "AVB0"u8.ToArray(), "AVB0 (a vbmeta image)", ""),
        (0, [0xd7, 0xb7, 0xab, 0x1e], "d7b7ab1e (a dtbo image)", ""),
        (0, [0xd0, 0x0d, 0xfe, 0xed], "d00dfeed (a device tree blob)", ""),
        (0, [0x3a, 0xff, 0x26, 0xed], "3aff26ed (an Android sparse image)", "convert it: kernelbuild boot unsparse FILE -o raw.img"),
        (0, "CrAU"u8.ToArray(), "CrAU (an OTA payload.bin)", Extract),
        (0, "PK\u0003\u0004"u8.ToArray(), "PK (a zip archive)", Extract),
        (0, "PK\u0005\u0006"u8.ToArray(), "PK (an empty zip archive)", "download it again"),
        (0, "BSDIFF40"u8.ToArray(), "BSDIFF40 (a difference between two files, of an incremental OTA)", Incremental),
        (0, "BSDF2"u8.ToArray(), "BSDF2 (a difference between two files, of an incremental OTA)", Incremental),
        (0, "PUF1"u8.ToArray(), "PUF1 (a difference between two files, of an incremental OTA)", Incremental),
        (0, "IMGDIFF2"u8.ToArray(), "IMGDIFF2 (a difference between two files, of an incremental OTA)", Incremental),
        (0, "KRNL"u8.ToArray(), "KRNL (a Rockchip kernel or boot partition)",
            "kernelbuild kernel info FILE reads a kernel in it; what is a ramdisk starts at its 9th byte: tail -c +9 FILE"),
        (0, "PARM"u8.ToArray(), "PARM (Rockchip parameters)", "give the boot partition"),
        (0, "RKFW"u8.ToArray(), "RKFW (a Rockchip firmware package)", "take boot.img out of it with the vendor's tool"),
        (0, "RKAF"u8.ToArray(), "RKAF (a Rockchip firmware package)", "take boot.img out of it with the vendor's tool"),
        (0, [0x27, 0x05, 0x19, 0x56], "27051956 (a U-Boot image)", "kernelbuild kernel info FILE reads a kernel in it"),
        (0, "\u007fELF"u8.ToArray(), "an ELF header", ""),
        (0, "hsqs"u8.ToArray(), "hsqs (a squashfs file system)", ""),
        (0, [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], "7z (a 7-Zip archive)", "unpack it: 7z x FILE"),
        (0, "Rar!"u8.ToArray(), "Rar! (a RAR archive)", "unpack it: unrar x FILE"),
        (257, "ustar"u8.ToArray(), "ustar (a tar archive)", Extract),
        (1024, [0xe2, 0xe1, 0xf5, 0xe0], "e2e1f5e0 (an EROFS file system)", ""),
        (1080, [0x53, 0xef], "ef53 (an ext4 file system)", ""),
        (4096, "gDla"u8.ToArray(), "gDla (a super partition, which holds others)", "see what is in it: kernelbuild boot extract FILE --list"),
    ];

    /// <summary>What a file is: its magic, and what that stands for.</summary>
    public static string Describe(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return "nothing (the file is empty)";
        }

        if (Find(bytes) is { } kind)
        {
            return kind.Name;
        }

        if (Arm64Image.TryRead(bytes, out _))
        {
            return "an arm64 kernel Image";
        }

        var compression = CompressionFormats.Recognize(bytes);
        return compression == CompressionFormat.None
            ? $"the bytes {Convert.ToHexStringLower(bytes[..Math.Min(8, bytes.Length)])}"
            : $"{CompressionFormats.NameOf(compression)}-compressed data";
    }

    /// <summary>What is to be done with a file that is no image itself and may hold one; null when it is none of those.</summary>
    public static string? FixOf(ReadOnlySpan<byte> bytes)
    {
        if (Find(bytes) is { Fix: { Length: > 0 } fix })
        {
            return fix;
        }

        return Arm64Image.TryRead(bytes, out _) ? "it is a kernel alone: kernelbuild kernel info FILE; kernelbuild mkbootimg packs it"
            : CompressionFormats.Recognize(bytes) == CompressionFormat.None ? null
            : "take the image out of it: kernelbuild boot extract FILE -o boot.img; of several, --list shows them and --partition takes one";
    }

    private static (string Name, string Fix)? Find(ReadOnlySpan<byte> bytes)
    {
        foreach (var (offset, magic, name, fix) in _kinds)
        {
            if (bytes.Length >= offset + magic.Length && bytes[offset..].StartsWith(magic))
            {
                return (name, fix);
            }
        }

        return null;
    }
}
