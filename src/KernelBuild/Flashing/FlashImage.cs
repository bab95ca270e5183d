using KernelBuild.Manifest;

namespace KernelBuild.Flashing;

/// <summary>An image of the build, and the stock image of its partition.</summary>
/// <param name="Partition">Without slot: boot, init_boot, vendor_boot, dtbo or vbmeta.</param>
/// <param name="File">What the build made.</param>
/// <param name="Stock">The image that the project names for the partition; null when it names none.</param>
public sealed record FlashImage(string Partition, BuiltFile File, string? Stock);
