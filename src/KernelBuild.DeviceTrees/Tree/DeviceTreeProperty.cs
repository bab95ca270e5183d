using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;

namespace KernelBuild.DeviceTrees.Tree;

/// <summary>A property: a name and bytes, whose meaning the node's binding gives them.</summary>
/// <param name="Name">One character per byte (Latin-1).</param>
/// <param name="Value">As stored; numbers in it are big endian.</param>
public readonly record struct DeviceTreeProperty(string Name, ReadOnlyMemory<byte> Value)
{
    /// <summary>Where the name stood in the strings block, plus 1; 0 for a property that was made.</summary>
    internal int StoredName { get; init; }

    /// <summary>How many whole cells the value has.</summary>
    public int CellCount => Value.Length / 4;

    /// <summary>A cell: 32 bits, big endian.</summary>
    public uint Cell(int index) => BinaryPrimitives.ReadUInt32BigEndian(Value.Span[(index * 4)..]);

    /// <summary>The value as 32-bit numbers; false when its length is no multiple of 4.</summary>
    public bool TryGetCells(out ImmutableArray<uint> cells)
    {
        cells = [];
        if (Value.Length % 4 != 0)
        {
            return false;
        }

        var builder = ImmutableArray.CreateBuilder<uint>(CellCount);
        for (var i = 0; i < CellCount; i++)
        {
            builder.Add(Cell(i));
        }

        cells = builder.MoveToImmutable();
        return true;
    }

    /// <summary>The value as strings that end with 0; false when the last one does not.</summary>
    public bool TryGetStrings(out ImmutableArray<string> strings)
    {
        strings = [];
        var rest = Value.Span;
        if (rest.IsEmpty || rest[^1] != 0)
        {
            return rest.IsEmpty;
        }

        var builder = ImmutableArray.CreateBuilder<string>(1);
        while (!rest.IsEmpty)
        {
            var length = rest.IndexOf((byte)0);
            builder.Add(Encoding.Latin1.GetString(rest[..length]));
            rest = rest[(length + 1)..];
        }

        strings = builder.DrainToImmutable();
        return true;
    }

    public static DeviceTreeProperty Empty(string name) => new(name, default);

    public static DeviceTreeProperty FromCells(string name, params IReadOnlyList<uint> cells)
    {
        var value = new byte[cells.Count * 4];
        for (var i = 0; i < cells.Count; i++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(value.AsSpan(i * 4), cells[i]);
        }

        return new DeviceTreeProperty(name, value);
    }

    public static DeviceTreeProperty FromStrings(string name, params IReadOnlyList<string> strings) =>
        new(name, Encoding.Latin1.GetBytes(string.Concat(strings.Select(text => text + '\0'))));

    /// <summary>The same name and the same bytes.</summary>
    public bool Equals(DeviceTreeProperty other) => Name == other.Name && Value.Span.SequenceEqual(other.Value.Span);

    public override int GetHashCode() => HashCode.Combine(Name, Value.Length);
}
