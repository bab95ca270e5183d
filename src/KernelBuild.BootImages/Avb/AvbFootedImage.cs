using System.Buffers;
using KernelBuild.Compression.Memory;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Avb;

/// <summary>
/// Lays out a partition's image with AVB data as avbtool does: the image, zeros to 4096 bytes, the vbmeta structure, zeros, and the footer
/// in the last 64 bytes.
/// </summary>
public static class AvbFootedImage
{
    public const int BlockLength = 4096;

    /// <summary>Room that avbtool keeps free for vbmeta and footer: 64 KiB and a block.</summary>
    public const int ReservedLength = VbmetaFields.LargestVbmeta + BlockLength;

    /// <summary>The smallest partition that avbtool's rule allows for an image (<c>--dynamic_partition_size</c>).</summary>
    /// <param name="imageLength">Bytes without AVB data.</param>
    public static long SmallestPartition(long imageLength) => Align.Up(imageLength + ReservedLength, BlockLength);

    /// <summary>The whole partition.</summary>
    /// <param name="image">What the footer calls the original image.</param>
    /// <param name="vbmeta">The structure, without padding.</param>
    /// <param name="partitionSize">Bytes; a multiple of 4096.</param>
    /// <param name="footerReserved">The footer's reserved bytes; zeros when left out.</param>
    /// <param name="originalSize">What the footer calls the original size, where a hash tree follows the image; null for its length.</param>
    /// <exception cref="DiagnosticException">KB5025: it does not fit.</exception>
    public static ReadOnlySequence<byte> Compose(
        ReadOnlySequence<byte> image, ReadOnlyMemory<byte> vbmeta, long partitionSize, ReadOnlyMemory<byte> footerReserved = default,
        long? originalSize = null)
    {
        CheckPartitionSize(partitionSize);
        CheckFit(image.Length, vbmeta.Length, partitionSize);
        var vbmetaOffset = Align.Up(image.Length, BlockLength);
        var footer = new AvbFooter(1, 0, (ulong)(originalSize ?? image.Length), (ulong)vbmetaOffset, (ulong)vbmeta.Length);
        return ByteSequence.Of(
        [
            .. image.Pieces(),
            .. ByteSequence.Zeros(vbmetaOffset - image.Length),
            vbmeta,
            .. ByteSequence.Zeros(partitionSize - vbmetaOffset - vbmeta.Length - AvbFooter.Length),
            (footerReserved.IsEmpty ? footer : footer with { Reserved = footerReserved }).ToArray(),
        ]);
    }

    /// <summary>Refuses what avbtool's <c>add_hash_footer</c> refuses: it keeps 68 KiB free for AVB data.</summary>
    /// <exception cref="DiagnosticException">KB5025.</exception>
    public static void CheckRoom(long imageLength, long partitionSize)
    {
        CheckPartitionSize(partitionSize);
        if (partitionSize < ReservedLength || imageLength > partitionSize - ReservedLength)
        {
            throw TooLarge(imageLength, partitionSize, $"{ReservedLength} bytes must stay free for AVB data");
        }
    }

    private static void CheckFit(long imageLength, long vbmetaLength, long partitionSize)
    {
        var needed = Align.Up(imageLength, BlockLength) + Align.Up(vbmetaLength, BlockLength) + BlockLength;
        if (needed > partitionSize)
        {
            throw TooLarge(imageLength, partitionSize, $"with its AVB data it needs {needed} bytes");
        }
    }

    internal static void CheckPartitionSize(long partitionSize)
    {
        if (partitionSize % BlockLength != 0 || partitionSize <= 0 || partitionSize > Array.MaxLength)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.ImageLargerThanPartition,
                $"a partition of {partitionSize} bytes is not a multiple of {BlockLength} below 2 GiB",
                "give the size that the device reports: fastboot getvar partition-size:boot_a"));
        }
    }

    private static DiagnosticException TooLarge(long imageLength, long partitionSize, string why) => new(Diagnostic.Error(
        DiagnosticCodes.ImageLargerThanPartition,
        $"the image of {imageLength} bytes does not fit into the partition of {partitionSize}: {why}",
        "compress the kernel, remove files from the ramdisk, or give the partition's real size") with
    {
        Found = $"{imageLength}",
        Expected = $"at most {partitionSize}",
        Consequence = "nothing was written; fastboot would refuse the image, or flash a truncated one",
    });
}
