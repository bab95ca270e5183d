namespace KernelBuild.Compression.Codecs;

/// <summary>
/// Feeds memory to a decompressor that reads ahead, and remembers its last read: the compressed data ends within it. Near the start
/// and the end it hands out single bytes, so that the end of short streams, and of streams with nothing behind them, is known exactly.
/// </summary>
internal sealed class FeedStream(ReadOnlyMemory<byte> bytes) : Stream
{
    private const int SingleBytes = 40;

    private int _position;

    /// <summary>Offset of the first byte of the last non-empty read.</summary>
    public int LastReadStart { get; private set; }

    /// <summary>Offset behind the last read.</summary>
    public int LastReadEnd => _position;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => bytes.Length;

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        var left = bytes.Length - _position;
        var wanted = _position < SingleBytes || left <= SingleBytes ? Math.Min(1, left) : left - SingleBytes;
        var count = Math.Min(buffer.Length, wanted);
        if (count > 0)
        {
            LastReadStart = _position;
            bytes.Span.Slice(_position, count).CopyTo(buffer);
            _position += count;
        }

        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
