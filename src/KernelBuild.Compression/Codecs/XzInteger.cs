namespace KernelBuild.Compression.Codecs;

/// <summary>The integers of xz: seven bits a byte, the lowest first, at most nine bytes and no more than are needed.</summary>
internal static class XzInteger
{
    private const int Longest = 9;

    public static bool TryRead(ReadOnlySpan<byte> span, ref int offset, out ulong value)
    {
        value = 0;
        for (var i = 0; i < Longest && offset < span.Length; i++)
        {
            var part = span[offset++];
            value |= (ulong)(part & 0x7f) << (7 * i);
            if (part < 0x80)
            {
                return part != 0 || i == 0;
            }
        }

        return false;
    }
}
