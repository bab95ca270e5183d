using KernelBuild.BootImages.Layout;
using KernelBuild.Compression.Memory;
using KernelBuild.DeviceTrees.Blob;

namespace KernelBuild.BootImages.Boot;

/// <summary>
/// The device-tree table of images for old bootloaders: a section behind the second, whose size stands in the field that is the version in
/// all others. A number that could be either is a size only when a known table stands where the section would be.
/// </summary>
internal static class DeviceTreeTable
{
    public static ReadOnlySpan<BootImageSectionKind> Kinds =>
        [BootImageSectionKind.Kernel, BootImageSectionKind.Ramdisk, BootImageSectionKind.Second, BootImageSectionKind.DeviceTreeTable];

    /// <summary>Whether an image with a standard header has such a section.</summary>
    public static bool IsIn(ReadOnlyMemory<byte> image)
    {
        if (image.Length < BootImageFields.V0HeaderLength)
        {
            return false;
        }

        var header = StandardHeader.Read(image, 0, Kinds);
        if (!PageSizes.IsReadable(header.PageSize))
        {
            return false;
        }

        long at = header.PageSize;
        foreach (var before in header.Sizes[..^1])
        {
            at += Align.Up(before, header.PageSize);
        }

        long size = header.Sizes[^1];
        return at + size <= image.Length && IsTable(image.Span.Slice((int)at, (int)size));
    }

    private static bool IsTable(ReadOnlySpan<byte> section) =>
        section.StartsWith("QCDT"u8) || section.StartsWith("DTBH"u8) || section.StartsWith("SPRD"u8)
        || section.StartsWith(DeviceTreeBlob.Magic) || section.StartsWith(MtkHeader.Magic);
}
