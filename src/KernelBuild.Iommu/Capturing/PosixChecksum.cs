namespace KernelBuild.Iommu.Capturing;

/// <summary>
/// The checksum that the program cksum prints. Source: POSIX.1-2017, cksum: a CRC of the polynomial 0x04c11db7, the most significant bit
/// first, over the content and its length, the least significant byte of the length first, without leading zeros; then inverted.
/// </summary>
internal static class PosixChecksum
{
    private const uint Polynomial = 0x04c11db7;

    private static readonly uint[] _table = [.. Enumerable.Range(0, 256).Select(Entry)];

    public static uint Of(ReadOnlySpan<byte> content)
    {
        var sum = 0u;
        foreach (var one in content)
        {
            sum = Next(sum, one);
        }

        for (var length = content.Length; length > 0; length >>= 8)
        {
            sum = Next(sum, (byte)length);
        }

        return ~sum;
    }

    private static uint Next(uint sum, byte one) => (sum << 8) ^ _table[(sum >> 24) ^ one];

    private static uint Entry(int value)
    {
        var sum = (uint)value << 24;
        for (var bit = 0; bit < 8; bit++)
        {
            sum = (sum & 0x80000000) != 0 ? (sum << 1) ^ Polynomial : sum << 1;
        }

        return sum;
    }
}
