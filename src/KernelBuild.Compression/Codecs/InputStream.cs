namespace KernelBuild.Compression.Codecs;

/// <summary>
/// Memory for decoders that read byte after byte. It throws where it ends: SharpCompress takes the end of a stream for bytes of 0xff,
/// and decodes a cut .lzma without an end from it.
/// </summary>
internal sealed class InputStream(ReadOnlyMemory<byte> bytes) : Stream
{
    private readonly byte[] _bytes = bytes.ToArray();
    private int _position;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => _bytes.Length;

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    public override int ReadByte() => _position < _bytes.Length ? _bytes[_position++] : throw new EndOfStreamException();

    public override int Read(byte[] buffer, int offset, int count)
    {
        var available = Math.Min(count, _bytes.Length - _position);
        if (available == 0 && count > 0)
        {
            throw new EndOfStreamException();
        }

        _bytes.AsSpan(_position, available).CopyTo(buffer.AsSpan(offset));
        _position += available;
        return available;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
