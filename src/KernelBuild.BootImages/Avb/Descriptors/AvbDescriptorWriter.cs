using System.Text;
using KernelBuild.Compression.Memory;

namespace KernelBuild.BootImages.Avb.Descriptors;

/// <summary>Fills the bytes of one descriptor: fixed part, then what follows it, then zeros to eight bytes.</summary>
internal sealed class AvbDescriptorWriter
{
    private int _end;

    public AvbDescriptorWriter(ulong tag, int fixedLength, int variableLength)
    {
        var length = Align.Up(fixedLength + variableLength, AvbDescriptor.Alignment);
        Bytes = new byte[length];
        U64(0, tag);
        U64(sizeof(ulong), (ulong)(length - AvbDescriptor.HeaderLength));
        _end = fixedLength;
    }

    public byte[] Bytes { get; }

    public void U32(int offset, uint value) => BigEndian.PutU32(Bytes, offset, value);

    public void U64(int offset, ulong value) => BigEndian.PutU64(Bytes, offset, value);

    public void Text(int offset, string value) => Encoding.ASCII.GetBytes(value, Bytes.AsSpan(offset));

    public void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Bytes.AsSpan(_end));
        _end += bytes.Length;
    }
}
