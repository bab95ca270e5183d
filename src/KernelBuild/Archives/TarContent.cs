using System.Diagnostics.CodeAnalysis;

namespace KernelBuild.Archives;

/// <summary>The content of a tar member, which owns nothing: pieces from the archive, zeros between them.</summary>
[SuppressMessage("Usage", "CA2213", Justification = "the archive is the caller's, and goes on behind this member")]
internal sealed class TarContent : Stream
{
    private readonly Stream _tar;
    private readonly IReadOnlyList<(long Offset, long Length)> _pieces;
    private readonly long _length;
    private long _position;
    private int _piece;

    /// <param name="tar">Stands at the first piece.</param>
    /// <param name="stored">Bytes that the archive holds.</param>
    /// <exception cref="InvalidDataException">The map names more than the archive holds.</exception>
    public TarContent(Stream tar, long stored, SparseMap? map)
    {
        _tar = tar;
        _pieces = map?.Pieces ?? [(0, stored)];
        _length = map?.Length ?? stored;
        Stored = stored;
        if (_pieces.Sum(piece => piece.Length) > stored)
        {
            throw new InvalidDataException("the map of a sparse file names more than the archive holds of it");
        }
    }

    /// <summary>Bytes of it that were not read from the archive yet.</summary>
    public long Stored { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => _length;

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        while (_piece < _pieces.Count && _position == _pieces[_piece].Offset + _pieces[_piece].Length)
        {
            _piece++;
        }

        var isPiece = _piece < _pieces.Count && _position >= _pieces[_piece].Offset;
        var end = isPiece ? _pieces[_piece].Offset + _pieces[_piece].Length : _piece < _pieces.Count ? _pieces[_piece].Offset : _length;
        var count = (int)Math.Min(buffer.Length, end - _position);
        if (count == 0)
        {
            return 0;
        }

        if (isPiece)
        {
            count = _tar.Read(buffer[..count]);
            Stored -= count > 0 ? count : throw new EndOfStreamException("the archive ends within a file");
        }
        else
        {
            buffer[..count].Clear();
        }

        _position += count;
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
