using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using KernelBuild.DeviceTrees.Blob;

namespace KernelBuild.DeviceTrees.Tree;

/// <summary>Spells a tree as tokens.</summary>
/// <param name="expectedLength">Bytes it will have, roughly.</param>
internal sealed class StructureWriter(StringsBlock strings, int expectedLength)
{
    private readonly ArrayBufferWriter<byte> _buffer = new(expectedLength + 1024);

    public ReadOnlyMemory<byte> Write(DeviceTreeNode root)
    {
        WriteNode(root);
        U32(FlattenedFields.End);
        return _buffer.WrittenMemory;
    }

    private void WriteNode(DeviceTreeNode node)
    {
        U32(FlattenedFields.BeginNode);
        var length = FlattenedFields.RoundUp(node.Name.Length + 1);
        var name = _buffer.GetSpan(length)[..length];
        name.Clear();
        Encoding.Latin1.GetBytes(node.Name, name);
        _buffer.Advance(length);
        foreach (ref readonly var property in node.Properties.AsSpan())
        {
            U32(FlattenedFields.Property);
            U32((uint)property.Value.Length);
            U32((uint)strings.OffsetOf(property));
            var padded = FlattenedFields.RoundUp(property.Value.Length);
            var value = _buffer.GetSpan(padded)[..padded];
            value.Clear();
            property.Value.Span.CopyTo(value);
            _buffer.Advance(padded);
        }

        foreach (var child in node.Children)
        {
            WriteNode(child);
        }

        U32(FlattenedFields.EndNode);
    }

    private void U32(uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(_buffer.GetSpan(4), value);
        _buffer.Advance(4);
    }
}
