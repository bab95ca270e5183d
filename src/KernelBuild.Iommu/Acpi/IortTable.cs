using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using KernelBuild.Diagnostics;

namespace KernelBuild.Iommu.Acpi;

/// <summary>
/// ACPI's IO Remapping Table, as /sys/firmware/acpi/tables/IORT has it: which SMMU is above which root complex and device. Little endian.
/// Source: Arm DEN 0049E.e, IO Remapping Table; drivers/acpi/arm64/iort.c.
/// </summary>
/// <param name="Nodes">In the order of the table; of unknown types, too.</param>
public sealed record IortTable(ImmutableArray<IortNode> Nodes)
{
    private const int HeaderLength = 48;
    private const int LengthOffset = 4;
    private const int NodeCountOffset = 36;
    private const int NodeOffsetOffset = 40;
    private const int NodeHeaderLength = 16;
    private const int MappingLength = 20;

    /// <summary>Whether the bytes begin as the table does.</summary>
    public static bool IsOne(ReadOnlySpan<byte> bytes) => bytes.StartsWith("IORT"u8);

    /// <summary>Null when no node is there.</summary>
    public IortNode? At(uint offset) => Nodes.FirstOrDefault(node => node.Offset == offset);

    /// <param name="error">KB7018, with the offset.</param>
    public static bool TryRead(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out IortTable? table, [NotNullWhen(false)] out Diagnostic? error)
    {
        table = null;
        if (!IsOne(bytes) || bytes.Length < HeaderLength)
        {
            error = Wrong(0, IsOne(bytes) ? "it is shorter than its header of 48 bytes" : "it does not begin with IORT");
            return false;
        }

        var length = BinaryPrimitives.ReadUInt32LittleEndian(bytes[LengthOffset..]);
        if (length < HeaderLength || length > bytes.Length)
        {
            error = Wrong(LengthOffset, string.Create(CultureInfo.InvariantCulture, $"it says that it has {length} bytes, and {bytes.Length} are there"));
            return false;
        }

        bytes = bytes[..(int)length];
        if (Sum(bytes) != 0)
        {
            error = Wrong(9, "its bytes do not add up to 0, so it was changed on its way");
            return false;
        }

        return TryNodes(bytes, out table, out error);
    }

    private static bool TryNodes(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out IortTable? table, [NotNullWhen(false)] out Diagnostic? error)
    {
        table = null;
        var nodes = ImmutableArray.CreateBuilder<IortNode>();
        var count = BinaryPrimitives.ReadUInt32LittleEndian(bytes[NodeCountOffset..]);
        long at = BinaryPrimitives.ReadUInt32LittleEndian(bytes[NodeOffsetOffset..]);
        for (uint number = 0; number < count; number++)
        {
            if (at < HeaderLength || at + NodeHeaderLength > bytes.Length)
            {
                error = Wrong(at, string.Create(CultureInfo.InvariantCulture, $"node {number} of {count} is not within its {bytes.Length} bytes"));
                return false;
            }

            var length = BinaryPrimitives.ReadUInt16LittleEndian(bytes[((int)at + 1)..]);
            if (length < NodeHeaderLength || at + length > bytes.Length)
            {
                error = Wrong(at, string.Create(CultureInfo.InvariantCulture, $"the length {length} of node {number} leads out of the table"));
                return false;
            }

            if (!TryNode(bytes.Slice((int)at, length), (uint)at, out var node, out error))
            {
                return false;
            }

            nodes.Add(node);
            at += length;
        }

        table = new IortTable(nodes.DrainToImmutable());
        error = null;
        return true;
    }

    private static bool TryNode(ReadOnlySpan<byte> node, uint at, [NotNullWhen(true)] out IortNode? read, [NotNullWhen(false)] out Diagnostic? error)
    {
        read = null;
        error = null;
        var (type, revision) = ((IortNodeType)node[0], node[3]);
        var needed = type switch
        {
            IortNodeType.NamedComponent => 30,
            IortNodeType.RootComplex => 33,
            IortNodeType.Smmu => 40,
            IortNodeType.SmmuV3 => revision >= 1 ? 68 : 60,
            _ => NodeHeaderLength,
        };
        long count = BinaryPrimitives.ReadUInt32LittleEndian(node[8..]);
        long offset = BinaryPrimitives.ReadUInt32LittleEndian(node[12..]);
        if (node.Length < needed || (count > 0 && (offset < NodeHeaderLength || offset + (count * MappingLength) > node.Length)))
        {
            error = Wrong(at, node.Length < needed
                ? string.Create(CultureInfo.InvariantCulture, $"a node of type {node[0]} has {node.Length} bytes, and needs {needed}")
                : string.Create(CultureInfo.InvariantCulture, $"its {count} ID mappings are not within the node"));
            return false;
        }

        var mappings = ImmutableArray.CreateBuilder<IortMapping>((int)count);
        for (var i = 0; i < count; i++)
        {
            mappings.Add(Mapping(node[((int)offset + (i * MappingLength))..]));
        }

        read = Describe(node, new IortNode(at, type, revision, mappings.DrainToImmutable()));
        return true;
    }

    private static IortMapping Mapping(ReadOnlySpan<byte> mapping) => new(
        BinaryPrimitives.ReadUInt32LittleEndian(mapping), BinaryPrimitives.ReadUInt32LittleEndian(mapping[4..]),
        BinaryPrimitives.ReadUInt32LittleEndian(mapping[8..]), BinaryPrimitives.ReadUInt32LittleEndian(mapping[12..]),
        (mapping[16] & 1) != 0);

    /// <summary>What depends on the type.</summary>
    private static IortNode Describe(ReadOnlySpan<byte> node, IortNode read) => read.Type switch
    {
        IortNodeType.NamedComponent => read with { Name = NameOf(node[29..]) },
        IortNodeType.RootComplex => read with { Segment = BinaryPrimitives.ReadUInt32LittleEndian(node[28..]) },
        IortNodeType.Smmu => read with
        {
            BaseAddress = BinaryPrimitives.ReadUInt64LittleEndian(node[16..]),
            Model = BinaryPrimitives.ReadUInt32LittleEndian(node[32..]),
            IsCoherent = (node[36] & 2) != 0,
        },
        IortNodeType.SmmuV3 => read with
        {
            BaseAddress = BinaryPrimitives.ReadUInt64LittleEndian(node[16..]),
            Model = BinaryPrimitives.ReadUInt32LittleEndian(node[40..]),
            IsCoherent = (node[24] & 1) != 0,
        },
        _ => read,
    };

    /// <summary>Up to its 0, or to the end of the node.</summary>
    private static string NameOf(ReadOnlySpan<byte> text) => Encoding.Latin1.GetString(text.IndexOf((byte)0) is >= 0 and var end ? text[..end] : text);

    private static byte Sum(ReadOnlySpan<byte> bytes)
    {
        byte sum = 0;
        foreach (var one in bytes)
        {
            sum += one;
        }

        return sum;
    }

    private static Diagnostic Wrong(long offset, string why) => Diagnostic.Error(
        DiagnosticCodes.IortInvalid, $"the IORT cannot be read: {why}",
        "take it from the machine as root: cat /sys/firmware/acpi/tables/IORT > iort.bin; iasl -d iort.bin shows it") with { Offset = offset };
}
