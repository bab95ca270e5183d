using KernelBuild.Compression.Memory;

namespace KernelBuild.BootImages.Layout;

/// <summary>Takes the sections of an image off its bytes, one after the other, each from a page boundary on.</summary>
/// <param name="bytes">The whole image.</param>
/// <param name="pageSize">Bytes.</param>
/// <param name="start">Where the first section starts; at most as many bytes as the image has.</param>
internal sealed class SectionReader(ReadOnlyMemory<byte> bytes, uint pageSize, long start)
{
    /// <summary>Where the next section starts, or the tail when none follows.</summary>
    public long Position { get; private set; } = start;

    /// <summary>What follows the sections that were taken.</summary>
    public ReadOnlyMemory<byte> Tail => bytes[(int)Position..];

    /// <summary>Takes the next section; false when the file ends before it does.</summary>
    /// <param name="size">Bytes, as the header says.</param>
    /// <param name="content">The section.</param>
    /// <param name="padding">From its end to the next page; a file may end without the padding of its last section.</param>
    public bool TryTake(long size, out ReadOnlyMemory<byte> content, out ReadOnlyMemory<byte> padding)
    {
        if (size > bytes.Length - Position)
        {
            content = padding = default;
            return false;
        }

        var end = Position + size;
        var next = Math.Min(bytes.Length, Position + Align.Up(size, pageSize));
        content = bytes[(int)Position..(int)end];
        padding = bytes[(int)end..(int)next];
        Position = next;
        return true;
    }
}
