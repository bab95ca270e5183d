using System.Buffers.Binary;
using KernelBuild.BootImages.Layout;
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
    public static bool IsIn(ReadOnlySpan<byte> image)
    {
        if (image.Length < BootImageFields.V0HeaderLength)
        {
            return false;
        }

        var pageSize = U32(image, BootImageFields.PageSize);
        long size = U32(image, BootImageFields.DeviceTreeTableSize);
        if (pageSize is < BootImageFields.SmallestPageSize or > BootImageFields.LargestPageSizeInTheWild || !uint.IsPow2(pageSize))
        {
            return false;
        }

        long at = pageSize;
        foreach (var field in new[] { BootImageFields.KernelSize, BootImageFields.RamdiskSize, BootImageFields.SecondSize })
        {
            at += BootImageReader.RoundUp(U32(image, field), pageSize);
        }

        return at + size <= image.Length && IsTable(image.Slice((int)at, (int)size));
    }

    private static bool IsTable(ReadOnlySpan<byte> section) =>
        section.StartsWith("QCDT"u8) || section.StartsWith("DTBH"u8) || section.StartsWith("SPRD"u8)
        || section.StartsWith(DeviceTreeBlob.Magic) || section.StartsWith(MtkHeader.Magic);

    private static uint U32(ReadOnlySpan<byte> image, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(image[offset..]);
}
