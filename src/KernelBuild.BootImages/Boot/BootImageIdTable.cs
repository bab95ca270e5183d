namespace KernelBuild.BootImages.Boot;

/// <summary>How the id counts the device-tree table of images for old bootloaders.</summary>
public enum BootImageIdTable
{
    /// <summary>As a section, in images that have one: AOSP's way.</summary>
    AsStored,

    /// <summary>Not at all, though there is one.</summary>
    LeftOut,

    /// <summary>
    /// As an empty section, though there is none: what every image of a mkbootimg has that can write such tables. Source: LineageOS,
    /// system/tools/mkbootimg/mkbootimg.py, <c>write_header</c>.
    /// </summary>
    EvenWhenAbsent,
}
