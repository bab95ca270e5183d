using KernelBuild.BootImages.Boot;
using KernelBuild.Compression.Memory;
using KernelBuild.DeviceTrees.Blob;

namespace KernelBuild.BootImages.Vendors;

/// <summary>What a kernel or ramdisk section is made of: a vendor's header, the stream, device trees behind it.</summary>
/// <param name="Header">MediaTek's, or null.</param>
/// <param name="Stream">The kernel or ramdisk itself, compressed or not.</param>
/// <param name="DeviceTrees">Blobs appended to a kernel; empty as a rule.</param>
public sealed record SectionParts(MtkHeader? Header, ReadOnlyMemory<byte> Stream, ReadOnlyMemory<byte> DeviceTrees)
{
    public int StreamOffset => Header is null ? 0 : MtkHeader.Length;

    public static SectionParts OfKernel(ReadOnlyMemory<byte> section)
    {
        var body = Body(section, out var header);
        var trees = FindTrees(body);
        return new SectionParts(header, body[..trees], body[trees..]);
    }

    public static SectionParts OfRamdisk(ReadOnlyMemory<byte> section)
    {
        var body = Body(section, out var header);
        return new SectionParts(header, body, default);
    }

    /// <summary>The section with another stream: header and device trees stay.</summary>
    /// <param name="stream">As it is to be stored.</param>
    public ReadOnlyMemory<byte> With(ReadOnlyMemory<byte> stream)
    {
        if (Header is null && DeviceTrees.IsEmpty)
        {
            return stream;
        }

        byte[] body = [.. stream.Span, .. DeviceTrees.Span];
        return Header is null ? body : Header.Wrap(body);
    }

    /// <summary>Where the device trees behind a kernel start; its length when there are none.</summary>
    internal static int FindTrees(ReadOnlyMemory<byte> kernel)
    {
        var trees = DeviceTreeBlob.FindAppended(kernel.Span);
        MemoryWindow.Release(kernel);
        return trees;
    }

    private static ReadOnlyMemory<byte> Body(ReadOnlyMemory<byte> section, out MtkHeader? header) =>
        MtkHeader.TryRead(section, out header) ? section[MtkHeader.Length..] : section;
}
