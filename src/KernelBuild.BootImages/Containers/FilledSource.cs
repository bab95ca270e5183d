namespace KernelBuild.BootImages.Containers;

/// <summary>Four bytes again and again.</summary>
/// <param name="word">The four bytes.</param>
/// <param name="length">Bytes.</param>
internal sealed class FilledSource(byte[] word, long length) : ByteSource
{
    public override long Length => length;

    public override void Read(long offset, Span<byte> buffer)
    {
        Check(offset, buffer.Length);
        for (var i = 0; i < buffer.Length; i++)
        {
            buffer[i] = word[(int)((offset + i) % word.Length)];
        }
    }
}
