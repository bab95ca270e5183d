using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Containers;

/// <summary>
/// Bytes that are read where they are wanted: of a file that may be larger than memory, of a part of it, of what a sparse image stands for.
/// </summary>
public abstract class ByteSource
{
    private const int CopyLength = 1 << 20;

    /// <summary>Bytes.</summary>
    public abstract long Length { get; }

    /// <summary>Fills a buffer.</summary>
    /// <param name="offset">Bytes from the start; with the buffer's length at most <see cref="Length"/>.</param>
    /// <param name="buffer">Filled to its end.</param>
    /// <exception cref="DiagnosticException">KB5041: the source ends before.</exception>
    public abstract void Read(long offset, Span<byte> buffer);

    public static ByteSource Of(ReadOnlyMemory<byte> memory) => new MemorySource(memory);

    /// <param name="stream">Can seek; stays open.</param>
    public static ByteSource Of(Stream stream) => new StreamSource(stream);

    /// <summary>A part of it.</summary>
    /// <exception cref="DiagnosticException">KB5041: the part reaches beyond the end.</exception>
    public ByteSource Slice(long offset, long length) => new ExtentSource([new SourceExtent(this, offset, length)]);

    /// <summary>Some of its bytes.</summary>
    /// <exception cref="DiagnosticException">KB5041: they reach beyond the end, or are more than 2 GiB.</exception>
    public byte[] ToArray(long offset, long length)
    {
        if (length > Array.MaxLength)
        {
            throw ContainerError.Of($"{length} bytes are more than can be read at once", "take the file apart with a tool of its own");
        }

        Check(offset, length);
        var bytes = new byte[length];
        Read(offset, bytes);
        return bytes;
    }

    /// <summary>Its first bytes, as many as there are.</summary>
    public byte[] Start(int length) => ToArray(0, Math.Min(length, Length));

    /// <summary>Writes all of it.</summary>
    public void CopyTo(Stream output)
    {
        var buffer = new byte[(int)Math.Min(CopyLength, Length)];
        for (long at = 0; at < Length; at += buffer.Length)
        {
            var part = buffer.AsSpan(0, (int)Math.Min(buffer.Length, Length - at));
            Read(at, part);
            output.Write(part);
        }
    }

    private protected void Check(long offset, long length)
    {
        if (offset < 0 || length < 0 || offset > Length || length > Length - offset)
        {
            throw ContainerError.Of(
                $"{length} bytes are wanted from byte {offset} on, and there are {Length}", "copy or download the file again");
        }
    }

    private sealed class MemorySource(ReadOnlyMemory<byte> memory) : ByteSource
    {
        public override long Length => memory.Length;

        public override void Read(long offset, Span<byte> buffer)
        {
            Check(offset, buffer.Length);
            memory.Span.Slice((int)offset, buffer.Length).CopyTo(buffer);
        }
    }

    private sealed class StreamSource(Stream stream) : ByteSource
    {
        public override long Length { get; } = stream.Length;

        public override void Read(long offset, Span<byte> buffer)
        {
            Check(offset, buffer.Length);
            stream.Position = offset;
            stream.ReadExactly(buffer);
        }
    }
}
