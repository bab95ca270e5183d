using System.IO.Hashing;
using ICSharpCode.SharpZipLib;
using ICSharpCode.SharpZipLib.Zip;

namespace KernelBuild.Archives;

/// <summary>
/// The content of a zip member, with the length and the CRC-32 that the archive states, which SharpZipLib leaves unchecked.
/// </summary>
internal sealed class ZipContent(Stream content, ZipEntry entry) : Stream
{
    private readonly Crc32 _crc = new();
    private long _position;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => entry.Size;

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        var wanted = (int)Math.Min(count, entry.Size - _position);
        if (wanted == 0)
        {
            return 0;
        }

        int read;
        try
        {
            read = content.Read(buffer, offset, wanted);
        }
        catch (Exception e) when (e is SharpZipBaseException or IndexOutOfRangeException or ArgumentException)
        {
            throw new InvalidDataException(e.Message, e);
        }

        _crc.Append(buffer.AsSpan(offset, read));
        _position += read > 0 ? read : throw new EndOfStreamException("a file of the archive is shorter than it says");
        return _position < entry.Size || _crc.GetCurrentHashAsUInt32() == (uint)entry.Crc
            ? read
            : throw new InvalidDataException("a file of the archive does not have the checksum that it should have");
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        content.Dispose();
        base.Dispose(disposing);
    }
}
