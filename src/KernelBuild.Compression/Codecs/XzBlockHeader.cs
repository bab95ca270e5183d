using System.Buffers.Binary;
using System.Collections.Immutable;
using System.IO.Hashing;
using KernelBuild.Diagnostics;

namespace KernelBuild.Compression.Codecs;

/// <summary>The header of a block of xz: which filters made it, and its sizes, if the writer knew them.</summary>
/// <param name="Length">Bytes of the header.</param>
/// <param name="StoredSize">Bytes of the LZMA2 data.</param>
/// <param name="ContentSize">Bytes of the content.</param>
/// <param name="DictionarySize">LZMA2's property byte.</param>
/// <param name="Filters">What was done to the content before LZMA2, in this order.</param>
internal readonly record struct XzBlockHeader(
    int Length, ulong? StoredSize, ulong? ContentSize, byte DictionarySize, ImmutableList<XzFilter> Filters)
{
    private const int HasStoredSize = 0x40;
    private const int HasContentSize = 0x80;
    private const int Reserved = 0x3c;
    private const ulong Lzma2Id = 0x21;

    /// <returns>What is wrong; null when the header is good.</returns>
    public static Diagnostic? TryRead(ReadOnlySpan<byte> block, out XzBlockHeader header)
    {
        header = default;
        var length = (block[0] + 1) * 4;
        if (block.Length < length)
        {
            return Invalid("cut short in the header of a block");
        }

        var end = length - sizeof(uint);
        var flags = block[1];
        if (Crc32.HashToUInt32(block[..end]) != BinaryPrimitives.ReadUInt32LittleEndian(block[end..]) || (flags & Reserved) != 0)
        {
            return Invalid("the header of a block is damaged");
        }

        var at = 2;
        if (!TryReadSize(block[..end], ref at, (flags & HasStoredSize) != 0, out var storedSize)
            || !TryReadSize(block[..end], ref at, (flags & HasContentSize) != 0, out var contentSize))
        {
            return Invalid("the sizes in the header of a block are damaged");
        }

        if (ReadFilters(block[..end], ref at, (flags & 3) + 1, out var filters, out var dictionarySize) is { } error)
        {
            return error;
        }

        header = new XzBlockHeader(length, storedSize, contentSize, dictionarySize, filters);
        return block[at..end].ContainsAnyExcept((byte)0) ? Invalid("the header of a block holds more than its filters") : null;
    }

    private static bool TryReadSize(ReadOnlySpan<byte> header, ref int at, bool isThere, out ulong? size)
    {
        ulong value = 0;
        var isRead = !isThere || XzInteger.TryRead(header, ref at, out value);
        size = isThere ? value : null;
        return isRead;
    }

    private static Diagnostic? ReadFilters(
        ReadOnlySpan<byte> header, ref int at, int count, out ImmutableList<XzFilter> filters, out byte dictionarySize)
    {
        filters = [];
        dictionarySize = 0;
        for (var i = 1; i <= count; i++)
        {
            if (!XzInteger.TryRead(header, ref at, out var id) || !XzInteger.TryRead(header, ref at, out var length)
                || length > (ulong)(header.Length - at))
            {
                return Invalid("the filters in the header of a block are damaged");
            }

            var properties = header.Slice(at, (int)length);
            at += (int)length;
            if (i < count)
            {
                if (XzFilter.Find(id, properties) is not { } filter)
                {
                    return Decompressor.Unsupported(
                        XzReader.Format, $"its filter 0x{id:x} is not known", "compress it without a filter");
                }

                filters = filters.Add(filter);
            }
            else if (id != Lzma2Id || properties.Length != 1)
            {
                return Invalid("the last filter of a block is not LZMA2");
            }
            else
            {
                dictionarySize = properties[0];
            }
        }

        return Lzma2.IsTooLarge(dictionarySize) ? LzmaDecoding.NeedsTooMuch(XzReader.Format) : null;
    }

    private static Diagnostic Invalid(string message) => Decompressor.Invalid(XzReader.Format, 0, message);
}
