namespace KernelBuild.BootImages.Compression;

/// <summary>
/// Feeds memory to a decompressor that reads ahead, and remembers where its last read began: the end of the compressed data is not
/// before that.
/// </summary>
internal sealed class FeedStream(ReadOnlyMemory<byte> bytes) : Stream
{
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
        var count = Math.Min(buffer.Length, bytes.Length - _position);
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
