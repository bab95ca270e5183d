using System.Buffers.Binary;
using System.IO.Hashing;
using KernelBuild.Compression.Memory;
using KernelBuild.Diagnostics;

namespace KernelBuild.Compression.Codecs;

/// <summary>
/// The container of xz: header, blocks, index, footer. SharpCompress decodes the LZMA2 in it; the container is read here because its
/// XZStream takes damaged index and footer fields for good ones. Source: https://tukaani.org/xz/xz-file-format.txt.
/// </summary>
internal sealed class XzReader
{
    internal const string Format = "xz";
    private const int HeaderLength = 12;
    private const int FooterLength = 12;
    private const int FlagsOffset = 6;
    private const int Alignment = 4;

    private readonly ReadOnlyMemory<byte> _stored;
    private readonly OutputBuffer _output;
    private readonly List<(ulong UnpaddedSize, ulong ContentSize)> _blocks = [];
    private int _offset;
    private ushort _flags;
    private int _indexLength;

    private XzReader(ReadOnlyMemory<byte> stored, OutputBuffer output) => (_stored, _output) = (stored, output);

    private XzCheck Check => (XzCheck)(_flags >> 8);

    public static Diagnostic? Read(ReadOnlyMemory<byte> stored, OutputBuffer output, out int length)
    {
        var reader = new XzReader(stored, output);
        var error = reader.ReadHeader() ?? reader.ReadBlocks() ?? reader.ReadIndex() ?? reader.ReadFooter();
        length = reader._offset;
        return error;
    }

    private Diagnostic? ReadHeader()
    {
        var span = _stored.Span;
        if (span.Length < HeaderLength)
        {
            return CutShort();
        }

        _flags = BinaryPrimitives.ReadUInt16LittleEndian(span[FlagsOffset..]);
        var flags = span.Slice(FlagsOffset, sizeof(ushort));
        if (Crc32.HashToUInt32(flags) != BinaryPrimitives.ReadUInt32LittleEndian(span[(FlagsOffset + flags.Length)..]))
        {
            return Invalid("the checksum of its header is wrong");
        }

        _offset = HeaderLength;
        return (_flags & 0xf0ff) != 0 || !Check.IsKnown()
            ? Decompressor.Unsupported(
                Format, $"its flags are 0x{_flags:x4}, a check or a version that is not known", "compress it with xz --check=crc32")
            : null;
    }

    private Diagnostic? ReadBlocks()
    {
        while (_offset < _stored.Length && _stored.Span[_offset] != 0)
        {
            if (ReadBlock() is { } error)
            {
                return error;
            }
        }

        return null;
    }

    private Diagnostic? ReadBlock()
    {
        if (XzBlockHeader.TryRead(_stored.Span[_offset..], out var header) is { } headerError)
        {
            return headerError with { Offset = _offset };
        }

        var data = _stored[(_offset + header.Length)..];
        if (!Lzma2.TryMeasure(data.Span, out var storedLength, out var contentLength))
        {
            return Invalid("its LZMA2 data is damaged or cut short");
        }

        if ((header.StoredSize ?? (ulong)storedLength) != (ulong)storedLength
            || (header.ContentSize ?? (ulong)contentLength) != (ulong)contentLength)
        {
            return Invalid("the sizes in the header of a block are not those of its data");
        }

        if (_output.Length + contentLength > _output.MaximumLength)
        {
            return Decompressor.TooLarge(Format, _output.MaximumLength);
        }

        var end = header.Length + (long)storedLength;
        var padded = (end + Alignment - 1) & -Alignment;
        var checkLength = Check.Length();
        if (padded + checkLength > _stored.Length - _offset)
        {
            return CutShort();
        }

        var start = _output.Length;
        if (!Lzma2.TryDecode(data[..storedLength], header.DictionarySize, (int)contentLength, _output))
        {
            return Invalid("its LZMA2 data is damaged");
        }

        for (var i = header.Filters.Count - 1; i >= 0; i--)
        {
            header.Filters[i].Decode(_output.From(start));
        }

        var block = _stored.Span.Slice(_offset, (int)(padded + checkLength));
        if (block[(int)end..(int)padded].ContainsAnyExcept((byte)0) || !Check.Matches(_output.From(start), block[(int)padded..]))
        {
            return Invalid($"the check ({Check}) of a block is wrong");
        }

        _blocks.Add(((ulong)(end + checkLength), (ulong)contentLength));
        _offset += block.Length;
        return null;
    }

    /// <summary>The index repeats the sizes of all blocks.</summary>
    private Diagnostic? ReadIndex()
    {
        var index = _stored.Span[_offset..];
        var at = 1;
        if (index.IsEmpty || !XzInteger.TryRead(index, ref at, out var count))
        {
            return CutShort();
        }

        var isRight = count == (ulong)_blocks.Count;
        for (var i = 0; i < _blocks.Count && isRight; i++)
        {
            if (!XzInteger.TryRead(index, ref at, out var unpadded) || !XzInteger.TryRead(index, ref at, out var content))
            {
                return Invalid("its index is damaged or cut short");
            }

            isRight = (unpadded, content) == _blocks[i];
        }

        var padded = (int)Align.Up(at, Alignment);
        if (index.Length < padded + sizeof(uint))
        {
            return CutShort();
        }

        if (!isRight || index[at..padded].ContainsAnyExcept((byte)0)
            || Crc32.HashToUInt32(index[..padded]) != BinaryPrimitives.ReadUInt32LittleEndian(index[padded..]))
        {
            return Invalid("its index is not that of its blocks, or its checksum is wrong");
        }

        _indexLength = padded + sizeof(uint);
        _offset += _indexLength;
        return null;
    }

    private Diagnostic? ReadFooter()
    {
        var footer = _stored.Span[_offset..];
        if (footer.Length < FooterLength)
        {
            return CutShort();
        }

        // CRC-32 of what follows it, the index's length in words less one, the header's flags, "YZ".
        if (Crc32.HashToUInt32(footer[4..10]) != BinaryPrimitives.ReadUInt32LittleEndian(footer)
            || (BinaryPrimitives.ReadUInt32LittleEndian(footer[4..]) + 1L) * Alignment != _indexLength
            || BinaryPrimitives.ReadUInt16LittleEndian(footer[8..]) != _flags
            || footer[10..FooterLength] is not [(byte)'Y', (byte)'Z'])
        {
            return Invalid("its footer does not belong to its header and index, or its checksum is wrong");
        }

        _offset += FooterLength;
        return null;
    }

    private Diagnostic CutShort() => Decompressor.Invalid(Format, _stored.Length, "cut short");

    private Diagnostic Invalid(string message) => Decompressor.Invalid(Format, _offset, message);
}
