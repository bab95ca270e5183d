using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text;
using KernelBuild.DeviceTrees.Blob;
using KernelBuild.Diagnostics;

namespace KernelBuild.DeviceTrees.Tree;

/// <summary>Reads the structure block: a sequence of tokens that spells the tree.</summary>
/// <param name="offset">Of the block in the file, for messages.</param>
internal sealed class StructureReader(ReadOnlyMemory<byte> structure, ReadOnlyMemory<byte> strings, int offset)
{
    private readonly Dictionary<int, string> _names = [];

    // Properties and children of the nodes that are open: each node takes its own from the end when it closes.
    private readonly List<DeviceTreeProperty> _properties = new(64);
    private readonly List<DeviceTreeNode> _children = new(64);
    private int _position;

    public Diagnostic? Error { get; private set; }

    /// <summary>Bytes up to and with the end token.</summary>
    public int Length => _position;

    /// <summary>The root, or null and <see cref="Error"/>.</summary>
    public DeviceTreeNode? Read()
    {
        var block = structure.Span;
        if (Token(block) is not FlattenedFields.BeginNode)
        {
            return Error is null ? Fail("the structure block does not begin with a node") : null;
        }

        var root = ReadNode(block, 1);
        if (root is not null && Token(block) is not FlattenedFields.End)
        {
            return Error is null ? Fail("something follows the root node: a tree has one root") : null;
        }

        return root;
    }

    private DeviceTreeNode? ReadNode(ReadOnlySpan<byte> block, int depth)
    {
        if (depth > FlattenedFields.MaximumDepth)
        {
            return Fail($"nodes are nested deeper than {FlattenedFields.MaximumDepth} levels; Linux reads no deeper");
        }

        var length = block[_position..].IndexOf((byte)0);
        if (length < 0)
        {
            return Fail("the name of a node is not terminated");
        }

        var name = Encoding.Latin1.GetString(block.Slice(_position, length));
        _position = Math.Min(block.Length, FlattenedFields.RoundUp(_position + length + 1));
        var firstProperty = _properties.Count;
        var firstChild = _children.Count;
        while (true)
        {
            switch (Token(block))
            {
                case FlattenedFields.Property when _children.Count == firstChild:
                    if (!ReadProperty(block))
                    {
                        return null;
                    }

                    break;
                case FlattenedFields.Property:
                    return Fail($"in the node '{name}' a property follows a child; properties come first");
                case FlattenedFields.BeginNode:
                    if (ReadNode(block, depth + 1) is not { } child)
                    {
                        return null;
                    }

                    _children.Add(child);
                    break;
                case FlattenedFields.EndNode:
                    return new DeviceTreeNode(name)
                    {
                        Properties = Take(_properties, firstProperty),
                        Children = Take(_children, firstChild),
                    };
                case null:
                    return null;
                default:
                    return Fail($"the tree ends inside the node '{name}'");
            }
        }
    }

    private bool ReadProperty(ReadOnlySpan<byte> block)
    {
        if (block.Length - _position < 8)
        {
            Fail("a property is cut off");
            return false;
        }

        var length = BinaryPrimitives.ReadUInt32BigEndian(block[_position..]);
        var nameOffset = BinaryPrimitives.ReadUInt32BigEndian(block[(_position + 4)..]);
        if (length > block.Length - _position - 8)
        {
            Fail($"a property of {length} bytes does not fit into the structure block");
            return false;
        }

        if (NameAt(nameOffset) is not { } name)
        {
            Fail(
                $"the name of a property lies at {nameOffset} of the strings block, which has {strings.Length} bytes, or does not end "
                + $"there");
            return false;
        }

        _properties.Add(new DeviceTreeProperty(name, structure.Slice(_position + 8, (int)length)) { StoredName = (int)nameOffset + 1 });
        _position = Math.Min(block.Length, FlattenedFields.RoundUp(_position + 8 + (int)length));
        return true;
    }

    private string? NameAt(uint nameOffset)
    {
        if (nameOffset >= strings.Length)
        {
            return null;
        }

        ref var name = ref CollectionsMarshal.GetValueRefOrAddDefault(_names, (int)nameOffset, out var known);
        if (!known)
        {
            var rest = strings.Span[(int)nameOffset..];
            var length = rest.IndexOf((byte)0);
            name = length < 0 ? null : Encoding.Latin1.GetString(rest[..length]);
        }

        return name;
    }

    /// <summary>The next token that is not a hole; null and an error when there is none.</summary>
    private uint? Token(ReadOnlySpan<byte> block)
    {
        while (block.Length - _position >= FlattenedFields.TokenLength)
        {
            var token = BinaryPrimitives.ReadUInt32BigEndian(block[_position..]);
            if (token is not (FlattenedFields.BeginNode or FlattenedFields.EndNode or FlattenedFields.Property or FlattenedFields.Nop
                or FlattenedFields.End))
            {
                Fail($"0x{token:x} is no token of the structure block");
                return null;
            }

            _position += FlattenedFields.TokenLength;
            if (token != FlattenedFields.Nop)
            {
                return token;
            }
        }

        Fail("the structure block ends before its tree does");
        return null;
    }

    private static ImmutableArray<T> Take<T>(List<T> list, int first)
    {
        if (list.Count == first)
        {
            return [];
        }

        var taken = ImmutableArray.Create(CollectionsMarshal.AsSpan(list)[first..]);
        CollectionsMarshal.SetCount(list, first);
        return taken;
    }

    private DeviceTreeNode? Fail(string message)
    {
        Error = Diagnostic.Error(DiagnosticCodes.DeviceTreeStructureInvalid, message, "take a fresh copy of the file") with
        {
            Offset = (long)offset + _position,
        };
        return null;
    }
}
