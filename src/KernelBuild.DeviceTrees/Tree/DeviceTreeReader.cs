using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using KernelBuild.DeviceTrees.Blob;
using KernelBuild.Diagnostics;

namespace KernelBuild.DeviceTrees.Tree;

/// <summary>Reads the header and finds the blocks; every place and size is checked in 64 bits before anything is sliced.</summary>
internal sealed class DeviceTreeReader(ReadOnlyMemory<byte> bytes)
{
    private Diagnostic? _error;

    public bool TryRead([NotNullWhen(true)] out DeviceTree? tree, [NotNullWhen(false)] out Diagnostic? error)
    {
        tree = Read();
        error = tree is null ? _error! : null;
        return tree is not null;
    }

    private DeviceTree? Read()
    {
        if (!bytes.Span.StartsWith(DeviceTreeBlob.Magic))
        {
            return Error(
                DiagnosticCodes.DeviceTreeMagicMissing, 0, $"not a flattened device tree: it starts with {Start()}, not with d0 0d fe ed",
                "give a .dtb or .dtbo file; a .dts is compiled with dtc first");
        }

        if (bytes.Length < FlattenedFields.V16HeaderLength)
        {
            return Truncated("header", 0, FlattenedFields.V16HeaderLength);
        }

        var header = FlattenedHeader.Read(bytes.Span);
        if (header.Version < FlattenedFields.LowestVersion || header.LastCompatibleVersion > FlattenedFields.HighestVersion)
        {
            return Error(
                DiagnosticCodes.DeviceTreeHeaderInvalid, FlattenedFields.Version,
                $"version {header.Version} (compatible down to {header.LastCompatibleVersion}) is not one of "
                + $"{FlattenedFields.LowestVersion} and {FlattenedFields.HighestVersion}",
                "convert it: dtc -I dtb -O dtb -V 17");
        }

        if (header.TotalSize > bytes.Length)
        {
            return Truncated("tree", 0, header.TotalSize);
        }

        if (header.TotalSize < header.Length)
        {
            return Error(
                DiagnosticCodes.DeviceTreeHeaderInvalid, FlattenedFields.TotalSize,
                $"the total size {header.TotalSize} is less than the header's {header.Length}", "take a fresh copy of the file");
        }

        return ReadBlocks(header);
    }

    private DeviceTree? ReadBlocks(FlattenedHeader header)
    {
        if (ReadReservations(header, out var reservationsLength) is not { } reservations
            || !Fits("strings block", FlattenedFields.StringsOffset, header.StringsOffset, header.StringsSize, header)
            || !Fits("structure block", FlattenedFields.StructureOffset, header.StructureOffset, header.StructureSize, header))
        {
            return null;
        }

        var total = (int)header.TotalSize;
        var strings = bytes.Slice((int)header.StringsOffset, (int)header.StringsSize);
        var structureOffset = (int)header.StructureOffset;

        // version 16 does not say how long the structure block is: its end token does
        var structure = header.Version >= 17 ? bytes.Slice(structureOffset, (int)header.StructureSize) : bytes[structureOffset..total];
        var reader = new StructureReader(structure, strings, structureOffset);
        if (reader.Read() is not { } root)
        {
            _error = reader.Error;
            return null;
        }

        if (header.Version < 17)
        {
            structure = structure[..reader.Length];
        }

        if (Blocks(header, reservationsLength, structure.Length, out var end) is not { } blocks)
        {
            return null;
        }

        return new DeviceTree
        {
            Version = header.Version,
            LastCompatibleVersion = header.LastCompatibleVersion,
            BootCpu = header.BootCpu,
            Reservations = reservations,
            Root = root,
            Layout = new FlattenedLayout(root, reservations, total, blocks, bytes[end..total], bytes[total..]),
        };
    }

    /// <summary>The three blocks in the order of the file, with what stands in front of each.</summary>
    private ImmutableArray<FlattenedBlock>? Blocks(FlattenedHeader header, int reservationsLength, int structureLength, out int end)
    {
        var places = new List<(int Offset, FlattenedBlockKind Kind, int Length)>
        {
            ((int)header.ReservationsOffset, FlattenedBlockKind.Reservations, reservationsLength),
            ((int)header.StructureOffset, FlattenedBlockKind.Structure, structureLength),
            ((int)header.StringsOffset, FlattenedBlockKind.Strings, (int)header.StringsSize),
        };
        places.Sort((a, b) => a.Offset != b.Offset ? a.Offset.CompareTo(b.Offset) : a.Length.CompareTo(b.Length));
        var blocks = ImmutableArray.CreateBuilder<FlattenedBlock>(places.Count);
        end = header.Length;
        foreach (var (offset, kind, length) in places)
        {
            if (offset < end)
            {
                Error(DiagnosticCodes.DeviceTreeHeaderInvalid, offset, "two blocks overlap", "take a fresh copy of the file");
                return null;
            }

            blocks.Add(new FlattenedBlock(kind, bytes[end..offset], bytes.Slice(offset, length)));
            end = offset + length;
        }

        return blocks.MoveToImmutable();
    }

    private ImmutableArray<MemoryReservation>? ReadReservations(FlattenedHeader header, out int length)
    {
        length = 0;
        if (!Fits(
            "memory reservation block", FlattenedFields.ReservationsOffset, header.ReservationsOffset, FlattenedFields.ReservationLength,
            header))
        {
            return null;
        }

        var start = (int)header.ReservationsOffset;
        var entries = ImmutableArray.CreateBuilder<MemoryReservation>();
        for (var offset = start; header.TotalSize - offset >= FlattenedFields.ReservationLength; offset +=
            FlattenedFields.ReservationLength)
        {
            var entry = new MemoryReservation(
                BinaryPrimitives.ReadUInt64BigEndian(bytes.Span[offset..]),
                BinaryPrimitives.ReadUInt64BigEndian(bytes.Span[(offset + 8)..]));
            if (entry == default)
            {
                length = offset + FlattenedFields.ReservationLength - start;
                return entries.DrainToImmutable();
            }

            entries.Add(entry);
        }

        Error(
            DiagnosticCodes.DeviceTreeHeaderInvalid, start, "the memory reservation block has no end marker (an entry of zeros)",
            "take a fresh copy of the file");
        return null;
    }

    /// <param name="block">For the message.</param>
    /// <param name="field">Where the header has the offset.</param>
    /// <param name="offset">As the header says.</param>
    /// <param name="size">Bytes.</param>
    /// <param name="header">Its length and total size are the bounds.</param>
    private bool Fits(string block, int field, long offset, long size, FlattenedHeader header)
    {
        if (offset >= header.Length && offset + size <= header.TotalSize)
        {
            return true;
        }

        Error(
            DiagnosticCodes.DeviceTreeHeaderInvalid, field,
            $"the {block}, {size} bytes from offset {offset} on, is not between the header and the end of the tree at {header.TotalSize}",
            "take a fresh copy of the file");
        return false;
    }

    private string Start() =>
        bytes.IsEmpty
            ? "nothing"
            : string.Join(
                ' ',
                bytes[..Math.Min(4, bytes.Length)]
                    .ToArray()
                    .Select(b => b.ToString("x2", System.Globalization.CultureInfo.InvariantCulture)));

    private DeviceTree? Truncated(string part, long offset, long size) => Error(
        DiagnosticCodes.DeviceTreeTruncated, offset, $"truncated: the {part} needs {size} bytes, and the file has {bytes.Length - offset}",
        "copy the file again, and compare its size with the original");

    private DeviceTree? Error(string code, long offset, string message, string fix)
    {
        _error = Diagnostic.Error(code, message, fix) with { Offset = offset };
        return null;
    }
}
