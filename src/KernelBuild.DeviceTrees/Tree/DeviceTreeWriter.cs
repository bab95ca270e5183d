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
        var strings = new StringsBlock(layout?[FlattenedBlockKind.Strings] ?? default);
        var structure = layout is not null && ReferenceEquals(layout.Root, tree.Root)
            ? layout[FlattenedBlockKind.Structure]
            : new StructureWriter(strings, layout?[FlattenedBlockKind.Structure].Length ?? 0).Write(tree.Root);
        var reservations = layout is not null && layout.Reservations == tree.Reservations
            ? layout[FlattenedBlockKind.Reservations]
            : Reservations(tree.Reservations);
        var stringBytes = strings.ToMemory();
        var headerLength = FlattenedFields.HeaderLength(tree.Version);
        var blocks = layout?.Blocks ?? DtcOrder;
        var offsets = new long[blocks.Length];
        long end = headerLength;
        for (var i = 0; i < blocks.Length; i++)
        {
            var content = Content(blocks[i].Kind);

            // A gap stays as it was while everything before it does; after a change it keeps its bytes, and the alignment comes on top.
            offsets[i] = end + blocks[i].GapBefore.Length;
            if (layout is null || !content.Equals(blocks[i].Content) || offsets[i] != OriginalOffset(layout, headerLength, i))
            {
                offsets[i] = Align(offsets[i], blocks[i].Kind);
            }

            end = offsets[i] + content.Length;
        }

        var total = end + (layout?.Padding.Length ?? 0);
        if (total + (layout?.Tail.Length ?? 0) > Array.MaxLength)
        {
            throw new DiagnosticException(Diagnostic.Error(DiagnosticCodes.DeviceTreeHeaderInvalid, $"the tree would have {total} bytes, more than 2 GiB", "make it smaller"));
        }

        var bytes = new byte[total + (layout?.Tail.Length ?? 0)];
        for (var i = 0; i < blocks.Length; i++)
        {
            var content = Content(blocks[i].Kind);
            blocks[i].GapBefore.Span.CopyTo(bytes.AsSpan((int)(i == 0 ? headerLength : offsets[i - 1] + Content(blocks[i - 1].Kind).Length)));
            content.Span.CopyTo(bytes.AsSpan((int)offsets[i]));
        }

        layout?.Padding.Span.CopyTo(bytes.AsSpan((int)end));
        layout?.Tail.Span.CopyTo(bytes.AsSpan((int)total));
        U32(0, FlattenedFields.Magic);
        U32(FlattenedFields.TotalSize, (uint)total);
        U32(FlattenedFields.StructureOffset, OffsetOf(FlattenedBlockKind.Structure));
        U32(FlattenedFields.StringsOffset, OffsetOf(FlattenedBlockKind.Strings));
        U32(FlattenedFields.ReservationsOffset, OffsetOf(FlattenedBlockKind.Reservations));
        U32(FlattenedFields.Version, tree.Version);
        U32(FlattenedFields.LastCompatibleVersion, tree.LastCompatibleVersion);
        U32(FlattenedFields.BootCpu, tree.BootCpu);
        U32(FlattenedFields.StringsSize, (uint)stringBytes.Length);
        if (headerLength > FlattenedFields.StructureSize)
        {
            U32(FlattenedFields.StructureSize, (uint)structure.Length);
        }

        return bytes;

        ReadOnlyMemory<byte> Content(FlattenedBlockKind kind) => kind switch
        {
            FlattenedBlockKind.Reservations => reservations,
            FlattenedBlockKind.Structure => structure,
            _ => stringBytes,
        };

        uint OffsetOf(FlattenedBlockKind kind)
        {
            for (var i = 0; i < blocks.Length; i++)
            {
                if (blocks[i].Kind == kind)
                {
                    return (uint)offsets[i];
                }
            }

            return 0;
        }

        void U32(int offset, uint value) => BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(offset), value);
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

    private static long Align(long offset, FlattenedBlockKind kind)
    {
        var alignment = kind switch
        {
            FlattenedBlockKind.Reservations => FlattenedFields.ReservationAlignment,
            FlattenedBlockKind.Structure => FlattenedFields.TokenLength,
            _ => 1,
        };
        return (offset + alignment - 1) / alignment * alignment;
    }

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
