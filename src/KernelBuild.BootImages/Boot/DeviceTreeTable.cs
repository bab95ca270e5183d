using KernelBuild.BootImages.Avb;
using KernelBuild.BootImages.Layout;
using KernelBuild.Compression.Codecs;
using KernelBuild.Compression.Memory;
using KernelBuild.DeviceTrees.Blob;

namespace KernelBuild.BootImages.Boot;

/// <summary>
/// The device-tree table of images for old bootloaders: a section behind the second, whose size stands in the field that is the version in
/// all others. A number that could be either is a size only when such a section stands where it would be.
/// </summary>
internal static class DeviceTreeTable
{
    private const int ShortestUnknown = 64;

    public static ReadOnlySpan<BootImageSectionKind> Kinds =>
        [BootImageSectionKind.Kernel, BootImageSectionKind.Ramdisk, BootImageSectionKind.Second, BootImageSectionKind.DeviceTreeTable];

    /// <summary>What an image with a standard header has in the place of such a section.</summary>
    public static DeviceTreeTableForm Find(ReadOnlyMemory<byte> image)
    {
        if (image.Length < BootImageFields.V0HeaderLength)
        {
            return DeviceTreeTableForm.None;
        }

        var header = StandardHeader.Read(image, 0, Kinds);
        if (!PageSizes.IsReadable(header.PageSize))
        {
            return DeviceTreeTableForm.None;
        }

        long at = header.PageSize;
        foreach (var before in header.Sizes[..^1])
        {
            at += Align.Up(before, header.PageSize);
        }

        long size = header.Sizes[^1];
        if (at + size > image.Length)
        {
            return DeviceTreeTableForm.None;
        }

        var section = image.Span.Slice((int)at, (int)size);
        if (IsTable(section) || CompressionFormats.Recognize(section) != CompressionFormat.None)
        {
            return DeviceTreeTableForm.Known;
        }

        var end = Math.Min(image.Length, at + Align.Up(size, header.PageSize));
        return IsPlausible(section) && !image.Span[(int)(at + size)..(int)end].ContainsAnyExcept((byte)0)
            ? DeviceTreeTableForm.Unknown
            : DeviceTreeTableForm.None;
    }

    private static bool IsTable(ReadOnlySpan<byte> section) =>
        section.StartsWith("QCDT"u8) || section.StartsWith("DTBH"u8) || section.StartsWith("SPRD"u8)
        || section.StartsWith(DeviceTreeBlob.Magic) || section.StartsWith(MtkHeader.Magic);

    /// <summary>
    /// Too long for a version that is still to come, and neither fill nor what follows an image: AVB metadata, a signature, a mark.
    /// </summary>
    private static bool IsPlausible(ReadOnlySpan<byte> section) =>
        section.Length >= ShortestUnknown && section.ContainsAnyExcept(section[0]) && !section.StartsWith(VbmetaFields.Magic)
        && !section.StartsWith("SEANDROIDENFORCE"u8);
}
