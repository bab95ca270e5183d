namespace KernelBuild.Compression.Codecs;

/// <summary>Where a zstd frame ends, which its blocks say and the decoder does not tell. Source: RFC 8878, section 3.1.1.</summary>
internal static class ZstdFrame
{
    private const int MagicLength = 4;
    private const int BlockHeaderLength = 3;
    private const int ChecksumLength = 4;

    /// <summary>Bytes of the frame that starts a stream; that of the whole stream when the frame is cut short.</summary>
    public static int LengthOf(ReadOnlySpan<byte> stream)
    {
        if (stream.Length <= MagicLength)
        {
            return stream.Length;
        }

        var descriptor = stream[MagicLength];
        var isSingle = (descriptor & 0x20) != 0;
        var dictionary = (descriptor & 3) switch { 0 => 0, 1 => 1, 2 => 2, _ => 4 };
        var contentSize = (descriptor >> 6) switch { 0 => isSingle ? 1 : 0, 1 => 2, 2 => 4, _ => 8 };
        long at = MagicLength + 1 + (isSingle ? 0 : 1) + dictionary + contentSize;
        var isLast = false;
        while (!isLast)
        {
            if (at + BlockHeaderLength > stream.Length)
            {
                return stream.Length;
            }

            var header = stream[(int)at] | (stream[(int)at + 1] << 8) | (stream[(int)at + 2] << 16);
            isLast = (header & 1) != 0;

            // a block of one repeated byte stores that byte only
            var isRepeated = ((header >> 1) & 3) == 1;
            at += BlockHeaderLength + (isRepeated ? 1 : header >> 3);
        }

        at += (descriptor & 4) != 0 ? ChecksumLength : 0;
        return (int)Math.Min(at, stream.Length);
    }
}
