namespace KernelBuild.KernelImages.Containers;

/// <summary>What a layer around or inside a kernel is.</summary>
public enum KernelLayerKind
{
    /// <summary>An Android boot image, header versions 0 to 4.</summary>
    BootImage,

    /// <summary>The kernel section of a boot image.</summary>
    KernelSection,

    /// <summary>MediaTek's 512 bytes.</summary>
    MtkHeader,

    /// <summary>Qualcomm's "UNCOMPRESSED_IMG" and a length in front of a raw kernel.</summary>
    UncompressedImage,

    /// <summary>Rockchip's "KRNL".</summary>
    RockchipImage,

    /// <summary>U-Boot's uImage.</summary>
    UBootImage,

    /// <summary>U-Boot's FIT.</summary>
    FlattenedImageTree,

    /// <summary>Bytes of one value, 00 or ff, in front of what is read.</summary>
    Padding,

    /// <summary>A compressed stream.</summary>
    Compressed,

    /// <summary>A kernel that decompresses itself as an EFI program ("MZ", "zimg").</summary>
    EfiZboot,

    /// <summary>The raw kernel.</summary>
    Arm64Image,

    /// <summary>The PE header with which a raw kernel is an EFI program too.</summary>
    EfiStub,

    /// <summary>vmlinux.</summary>
    Elf,

    /// <summary>A device tree inside the kernel.</summary>
    EmbeddedDeviceTree,

    /// <summary>A device tree behind the kernel.</summary>
    AppendedDeviceTree,
}
