using KernelBuild.BootImages.DeviceTrees;

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
        var trees = DeviceTreeBlob.FindAppended(body.Span);
        return new SectionParts(header, body[..trees], body[trees..]);
    }

    public static SectionParts OfRamdisk(ReadOnlyMemory<byte> section)
    {
        var body = Body(section, out var header);
        return new SectionParts(header, body, default);
    }

    /// <summary>A section with another stream in the same clothes.</summary>
    /// <param name="stream">As it is to be stored.</param>
    public byte[] With(ReadOnlySpan<byte> stream)
    {
        byte[] body = [.. stream, .. DeviceTrees.Span];
        return Header is null ? body : Header.Wrap(body);
    }

    private static ReadOnlyMemory<byte> Body(ReadOnlyMemory<byte> section, out MtkHeader? header) =>
        MtkHeader.TryRead(section, out header) ? section[MtkHeader.Length..] : section;
}
