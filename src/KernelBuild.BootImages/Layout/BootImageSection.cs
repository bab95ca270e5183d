namespace KernelBuild.BootImages.Layout;

/// <summary>One section of a boot image.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Offset">Where it starts, in bytes from the start of the image; a multiple of the page size.</param>
/// <param name="Content">Its bytes as stored, compressed or not; empty when the image has no such section.</param>
/// <param name="Padding">
/// The bytes between the content and the next page boundary: zeros in an image made by mkbootimg; shorter when the file ends early.
/// </param>
public sealed record BootImageSection(
    BootImageSectionKind Kind, long Offset, ReadOnlyMemory<byte> Content, ReadOnlyMemory<byte> Padding)
{
    /// <summary>The sections that an image of a header version has, in the order of the file.</summary>
    /// <param name="version">0 to 4.</param>
    public static ReadOnlySpan<BootImageSectionKind> KindsOf(uint version) => version switch
    {
        0 => [BootImageSectionKind.Kernel, BootImageSectionKind.Ramdisk, BootImageSectionKind.Second],
        1 => [BootImageSectionKind.Kernel, BootImageSectionKind.Ramdisk, BootImageSectionKind.Second, BootImageSectionKind.RecoveryDtbo],
        2 =>
            [
                BootImageSectionKind.Kernel, BootImageSectionKind.Ramdisk, BootImageSectionKind.Second, BootImageSectionKind.RecoveryDtbo,
                BootImageSectionKind.Dtb,
            ],
        3 => [BootImageSectionKind.Kernel, BootImageSectionKind.Ramdisk],
        4 => [BootImageSectionKind.Kernel, BootImageSectionKind.Ramdisk, BootImageSectionKind.Signature],
        _ => throw new ArgumentOutOfRangeException(nameof(version), version, "boot image headers have the versions 0 to 4"),
    };

    /// <summary>The name in messages and in JSON: kernel, ramdisk, second, recovery_dtbo, dtb, signature, dt.</summary>
    public string Name => NameOf(Kind);

    public static string NameOf(BootImageSectionKind kind) => kind switch
    {
        BootImageSectionKind.Kernel => "kernel",
        BootImageSectionKind.Ramdisk => "ramdisk",
        BootImageSectionKind.Second => "second",
        BootImageSectionKind.RecoveryDtbo => "recovery_dtbo",
        BootImageSectionKind.Dtb => "dtb",
        BootImageSectionKind.DeviceTreeTable => "dt",
        _ => "signature",
    };
}
