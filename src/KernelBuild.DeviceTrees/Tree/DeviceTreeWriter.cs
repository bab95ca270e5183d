using System.Buffers.Binary;
using System.Collections.Immutable;
using KernelBuild.DeviceTrees.Blob;
using KernelBuild.Diagnostics;

namespace KernelBuild.DeviceTrees.Tree;

/// <summary>Lays out the blocks and writes them: in the order of the file that the tree came from, or in dtc's.</summary>
internal static class DeviceTreeWriter
{
    private static readonly ImmutableArray<FlattenedBlock> DtcOrder =
    [
        new(FlattenedBlockKind.Reservations, default, default),
        new(FlattenedBlockKind.Structure, default, default),
        new(FlattenedBlockKind.Strings, default, default),
    ];

    public static byte[] Write(DeviceTree tree)
    {
        var layout = tree.Layout;
        var gapStart = FlattenedFields.HeaderLength(tree.Version);
        var blocks = Place(tree, gapStart);
        var end = blocks[^1].End;
        var total = end + (layout?.Padding.Length ?? 0);
        var length = total + (layout?.Tail.Length ?? 0);
        if (length > Array.MaxLength)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.DeviceTreeHeaderInvalid, $"the tree would have {total} bytes, more than 2 GiB", "make it smaller"));
        }

        var bytes = new byte[length];
        foreach (var block in blocks)
        {
            block.GapBefore.Span.CopyTo(bytes.AsSpan(gapStart));
            block.Content.Span.CopyTo(bytes.AsSpan((int)block.Offset));
            gapStart = (int)block.End;
        }

        layout?.Padding.Span.CopyTo(bytes.AsSpan((int)end));
        layout?.Tail.Span.CopyTo(bytes.AsSpan((int)total));
        Header(tree, blocks, (uint)total).Write(bytes);
        return bytes;
    }

    /// <summary>
    /// The blocks in the order of the file. A gap stays as it was while everything before it does; after a change it keeps its bytes, and
    /// the alignment comes on top.
    /// </summary>
    private static PlacedBlock[] Place(DeviceTree tree, int headerLength)
    {
        var layout = tree.Layout;
        var content = Contents(tree);
        var blocks = layout?.Blocks ?? DtcOrder;
        var placed = new PlacedBlock[blocks.Length];
        long end = headerLength;
        for (var i = 0; i < blocks.Length; i++)
        {
            var bytes = content(blocks[i].Kind);
            var offset = end + blocks[i].GapBefore.Length;
            if (layout is null || !bytes.Equals(blocks[i].Content) || offset != OriginalOffset(layout, headerLength, i))
            {
                offset = FlattenedFields.RoundUp(offset, AlignmentOf(blocks[i].Kind));
            }

            placed[i] = new PlacedBlock(blocks[i].Kind, blocks[i].GapBefore, bytes, offset);
            end = placed[i].End;
        }

        return placed;
    }

    /// <summary>The bytes of each block: those that were read, as long as what they stand for is the same.</summary>
    private static Func<FlattenedBlockKind, ReadOnlyMemory<byte>> Contents(DeviceTree tree)
    {
        var layout = tree.Layout;
        var strings = new StringsBlock(layout?[FlattenedBlockKind.Strings] ?? default);
        var structure = layout is not null && ReferenceEquals(layout.Root, tree.Root)
            ? layout[FlattenedBlockKind.Structure]
            : new StructureWriter(strings, layout?[FlattenedBlockKind.Structure].Length ?? 0).Write(tree.Root);
        var reservations = layout is not null && layout.Reservations == tree.Reservations
            ? layout[FlattenedBlockKind.Reservations]
            : Reservations(tree.Reservations);
        var stringBytes = strings.ToMemory();
        return kind => kind switch
        {
            FlattenedBlockKind.Reservations => reservations,
            FlattenedBlockKind.Structure => structure,
            _ => stringBytes,
        };
    }

    private static FlattenedHeader Header(DeviceTree tree, PlacedBlock[] blocks, uint totalSize)
    {
        var structure = Of(FlattenedBlockKind.Structure);
        var strings = Of(FlattenedBlockKind.Strings);
        return new FlattenedHeader(
            totalSize,
            (uint)structure.Offset,
            (uint)strings.Offset,
            (uint)Of(FlattenedBlockKind.Reservations).Offset,
            tree.Version,
            tree.LastCompatibleVersion,
            tree.BootCpu,
            (uint)strings.Content.Length,
            (uint)structure.Content.Length);

        PlacedBlock Of(FlattenedBlockKind kind) => Array.Find(blocks, block => block.Kind == kind);
    }

    private static long OriginalOffset(FlattenedLayout layout, int headerLength, int index)
    {
        long offset = headerLength;
        for (var i = 0; i < index; i++)
        {
            offset += layout.Blocks[i].GapBefore.Length + layout.Blocks[i].Content.Length;
        }

        return offset + layout.Blocks[index].GapBefore.Length;
    }

    private static int AlignmentOf(FlattenedBlockKind kind) => kind switch
    {
        FlattenedBlockKind.Reservations => FlattenedFields.ReservationAlignment,
        FlattenedBlockKind.Structure => FlattenedFields.TokenLength,
        _ => 1,
    };

    private static byte[] Reservations(ImmutableArray<MemoryReservation> reservations)
    {
        var bytes = new byte[(reservations.Length + 1) * FlattenedFields.ReservationLength];
        for (var i = 0; i < reservations.Length; i++)
        {
            BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(i * FlattenedFields.ReservationLength), reservations[i].Address);
            BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan((i * FlattenedFields.ReservationLength) + 8), reservations[i].Size);
        }

        return bytes;
    }
}
