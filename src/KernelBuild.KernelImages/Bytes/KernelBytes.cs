using System.Buffers.Binary;

namespace KernelBuild.KernelImages.Bytes;

/// <summary>
/// Little-endian reads at offsets that come from a file; what reaches beyond the end reads as 0, which no structure here takes for a value.
/// </summary>
internal static class KernelBytes
{
    public static ushort U16(ReadOnlySpan<byte> bytes, long offset) =>
        Fits(bytes, offset, sizeof(ushort)) ? BinaryPrimitives.ReadUInt16LittleEndian(bytes[(int)offset..]) : (ushort)0;

    public static uint U32(ReadOnlySpan<byte> bytes, long offset) =>
        Fits(bytes, offset, sizeof(uint)) ? BinaryPrimitives.ReadUInt32LittleEndian(bytes[(int)offset..]) : 0;

    public static ulong U64(ReadOnlySpan<byte> bytes, long offset) =>
        Fits(bytes, offset, sizeof(ulong)) ? BinaryPrimitives.ReadUInt64LittleEndian(bytes[(int)offset..]) : 0;

    public static bool Fits(ReadOnlySpan<byte> bytes, long offset, long length) =>
        offset >= 0 && length >= 0 && offset <= bytes.Length && length <= bytes.Length - offset;

    /// <summary>
    /// A NUL-terminated run of printable ASCII, without the NUL; empty when there is none of at most <paramref name="longest"/> bytes.
    /// </summary>
    public static ReadOnlySpan<byte> Text(ReadOnlySpan<byte> bytes, long offset, int longest = 512)
    {
        if (offset < 0 || offset >= bytes.Length)
        {
            return default;
        }

        var rest = bytes.Slice((int)offset, (int)Math.Min(longest + 1L, bytes.Length - offset));
        var end = rest.IndexOf((byte)0);
        return end <= 0 || rest[..end].ContainsAnyExceptInRange((byte)0x20, (byte)0x7e) ? default : rest[..end];
    }
}
