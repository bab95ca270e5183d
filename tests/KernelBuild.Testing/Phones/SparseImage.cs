using System.Buffers.Binary;

namespace KernelBuild.Testing.Phones;

/// <summary>
/// A sparse image as a bootloader writes it. Source: AOSP, system/core/libsparse/sparse_format.h: a header of 28 bytes and chunks with
/// headers of 12, little-endian; blocks that are not to be touched are chunks of their own.
/// </summary>
internal static class SparseImage
{
    private const uint Magic = 0xed26ff3a;
    private const int Raw = 0xcac1, Fill = 0xcac2, Skip = 0xcac3, Checksum = 0xcac4;

    public static bool IsSparse(ReadOnlySpan<byte> data) => data.Length >= 28 && BinaryPrimitives.ReadUInt32LittleEndian(data) == Magic;

    /// <summary>Writes its chunks, up to a part of them.</summary>
    /// <param name="fraction">Of the chunks, 0 to 1.</param>
    public static bool TryWrite(ReadOnlySpan<byte> data, Span<byte> partition, double fraction)
    {
        var (header, chunkHeader) = (Short(data, 8), Short(data, 10));
        var (block, chunks) = (Word(data, 12), Word(data, 20));
        var (at, target) = ((int)header, 0L);
        for (var i = 0; i < chunks; i++)
        {
            if (at + chunkHeader > data.Length)
            {
                return false;
            }

            var (kind, length, total) = (Short(data, at), (long)Word(data, at + 4) * block, (int)Word(data, at + 8));
            var content = data[(at + chunkHeader)..(at + total)];
            if (kind != Checksum && target + length > partition.Length)
            {
                return false;
            }

            if (i < chunks * fraction)
            {
                var place = kind == Checksum ? [] : partition.Slice((int)target, (int)length);
                switch (kind)
                {
                    case Raw:
                        content.CopyTo(place);
                        break;
                    case Fill:
                        for (var word = 0; word < place.Length; word += 4)
                        {
                            content[..4].CopyTo(place[word..]);
                        }

                        break;
                    case Skip or Checksum:
                        break;
                    default:
                        return false;
                }
            }

            target += kind == Checksum ? 0 : length;
            at += total;
        }

        return at == data.Length;
    }

    private static ushort Short(ReadOnlySpan<byte> data, int at) => BinaryPrimitives.ReadUInt16LittleEndian(data[at..]);

    private static uint Word(ReadOnlySpan<byte> data, int at) => BinaryPrimitives.ReadUInt32LittleEndian(data[at..]);
}
