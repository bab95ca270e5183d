using System.Buffers.Binary;

namespace KernelBuild.Git.Objects;

/// <summary>Integers in network byte order, as git's binary files have them.</summary>
internal sealed class BigEndianWriter(Stream stream) : IDisposable
{
    public void Write(ReadOnlySpan<byte> bytes) => stream.Write(bytes);

    public void Write(ushort value)
    {
        Span<byte> bytes = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, value);
        stream.Write(bytes);
    }

    public void Write(uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        stream.Write(bytes);
    }

    public void Write(ulong value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        stream.Write(bytes);
    }

    public void Dispose() => stream.Flush();
}
