namespace KernelBuild.BootImages.Layout;

/// <summary>Page sizes of boot images, in bytes: sections start at multiples of them.</summary>
public static class PageSizes
{
    /// <summary>What mkbootimg takes when no size is given, and the smallest that it offers.</summary>
    public const int Smallest = 2048;

    /// <summary>The largest that mkbootimg offers.</summary>
    public const int Largest = 16384;

    /// <summary>What bootloaders of old systems on chip used; accepted when reading.</summary>
    public const int LargestInTheWild = 131072;

    /// <summary>Whether a new image may have the size: 2048, 4096, 8192 or 16384.</summary>
    public static bool IsOffered(uint size) => size is >= Smallest and <= Largest && uint.IsPow2(size);

    /// <summary>Whether an image with the size can be read.</summary>
    public static bool IsReadable(uint size) => size is >= Smallest and <= LargestInTheWild && uint.IsPow2(size);
}
