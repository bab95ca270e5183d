using System.Collections.Immutable;
using KernelBuild.Compression.Codecs;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Ramdisks;

/// <summary>
/// Takes a ramdisk apart into its streams, as the kernel does while it unpacks them (init/initramfs.c, unpack_to_rootfs).
/// </summary>
internal sealed class RamdiskReader(ReadOnlyMemory<byte> bytes, long maximumLength)
{
    private readonly ImmutableArray<RamdiskSegment>.Builder _segments = ImmutableArray.CreateBuilder<RamdiskSegment>();

    public Diagnostic? Error { get; private set; }

    /// <summary>Null when a stream is damaged.</summary>
    public ImmutableArray<RamdiskSegment>? Read()
    {
        var offset = 0;
        while (true)
        {
            var zeros = bytes.Span[offset..].IndexOfAnyExcept((byte)0);
            if (zeros < 0)
            {
                break;
            }

            offset += zeros;
            var rest = bytes[offset..];
            if (IsArchive(offset))
            {
                if (!CpioArchive.TryReadStart(rest, out _, out var length))
                {
                    // a damaged archive: what it is to be is said by whoever reads its entries
                    length = rest.Length;
                }

                _segments.Add(new RamdiskSegment(offset, rest[..length], CompressionFormat.None, rest[..length]));
            }
            else if (CompressionFormats.Recognize(rest.Span) == CompressionFormat.None || !TryTakeStream(rest, offset))
            {
                break;
            }

            offset = _segments[^1].Offset + _segments[^1].Stored.Length;
        }

        if (_segments.Count == 0 && Error is null)
        {
            _segments.Add(new RamdiskSegment(0, bytes, CompressionFormat.None, bytes));
        }

        return Error is null ? _segments.ToImmutable() : null;
    }

    private bool IsArchive(int offset) =>
        offset % CpioFormat.Alignment == 0 && bytes.Span[offset..].StartsWith("0707"u8);

    private bool TryTakeStream(ReadOnlyMemory<byte> rest, int offset)
    {
        var isRead = Decompressor.TryDecompress(rest, out var data, out var error, maximumLength, onlyFirst: true);
        if (!isRead && EndOfLz4(rest, error!) is { } end)
        {
            rest = rest[..end];
            isRead = Decompressor.TryDecompress(rest, out data, out error, maximumLength, onlyFirst: true);
        }

        // an archive may go on in the next member, as those of parallel compressors do; one that is whole ends its stream
        else if (isRead && CompressionFormats.Recognize(rest.Span[data!.CompressedLength..]) == data.Format
            && !CpioArchive.TryRead(data.Content, out _, out _))
        {
            isRead = Decompressor.TryDecompress(rest, out data, out error, maximumLength);
        }

        if (isRead)
        {
            _segments.Add(new RamdiskSegment(offset, rest[..data!.CompressedLength], data.Format, data.Content));
            return true;
        }

        // .lzma has no magic: behind an archive, what only looks like it is junk
        if (_segments.Count == 0 || CompressionFormats.Recognize(rest.Span) != CompressionFormat.Lzma)
        {
            Error = error! with { Offset = offset + (error!.Offset ?? 0) };
        }

        return false;
    }

    /// <summary>
    /// The legacy form of LZ4 says nowhere that it ends: Linux takes what follows for another block. Where no block but another form
    /// starts, it ends all the same.
    /// </summary>
    private static int? EndOfLz4(ReadOnlyMemory<byte> rest, Diagnostic error) =>
        CompressionFormats.Recognize(rest.Span) == CompressionFormat.Lz4Legacy && error.Offset is > 4 and { } at && at < rest.Length
        && (rest.Span[(int)at..].StartsWith("0707"u8)
            || CompressionFormats.Recognize(rest.Span[(int)at..]) is not (CompressionFormat.None or CompressionFormat.Lzma))
            ? (int)at
            : null;
}
