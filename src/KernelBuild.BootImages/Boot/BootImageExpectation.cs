namespace KernelBuild.BootImages.Boot;

/// <summary>What a boot image was made from. Null stands for a section that must not be there, not for one that is not looked at.</summary>
public sealed record BootImageExpectation
{
    /// <summary>The kernel before compression.</summary>
    public ExpectedContent? Kernel { get; init; }

    /// <summary>The ramdisk as it is stored, compressed.</summary>
    public ExpectedContent? Ramdisk { get; init; }

    /// <summary>The device tree blob of a version 2 image.</summary>
    public ExpectedContent? Dtb { get; init; }
}
