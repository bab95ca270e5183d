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
        if (bytes.Length < 4 || U32(0) != FlattenedFields.Magic)
        {
            return Error(DiagnosticCodes.DeviceTreeMagicMissing, 0, $"no flattened device tree: it starts with {Start()}, not with d0 0d fe ed", "give a .dtb or .dtbo file; a .dts is compiled with dtc first");
        }

        if (bytes.Length < FlattenedFields.V16HeaderLength)
        {
            return Truncated("header", 0, FlattenedFields.V16HeaderLength);
        }

        var version = U32(FlattenedFields.Version);
        var compatible = U32(FlattenedFields.LastCompatibleVersion);
        if (version < FlattenedFields.LowestVersion || compatible > FlattenedFields.HighestVersion)
        {
            return Error(DiagnosticCodes.DeviceTreeHeaderInvalid, FlattenedFields.Version, $"version {version} (compatible down to {compatible}) is not one of {FlattenedFields.LowestVersion} and {FlattenedFields.HighestVersion}", "convert it: dtc -I dtb -O dtb -V 17");
        }

        long total = U32(FlattenedFields.TotalSize);
        if (total > bytes.Length)
        {
            return Truncated("tree", 0, total);
        }

        var headerLength = FlattenedFields.HeaderLength(version);
        if (total < headerLength)
        {
            return Error(DiagnosticCodes.DeviceTreeHeaderInvalid, FlattenedFields.TotalSize, $"the total size {total} is less than the header's {headerLength}", "take a fresh copy of the file");
        }

        return ReadBlocks(version, compatible, (int)total, headerLength);
    }

    private DeviceTree? ReadBlocks(uint version, uint compatible, int total, int headerLength)
    {
        if (ReadReservations(headerLength, total, out var reservationsLength) is not { } reservations
            || !Fits("strings block", FlattenedFields.StringsOffset, U32(FlattenedFields.StringsSize), headerLength, total)
            || !Fits("structure block", FlattenedFields.StructureOffset, version >= 17 ? U32(FlattenedFields.StructureSize) : 0, headerLength, total))
        {
            return null;
        }

        var strings = bytes.Slice((int)U32(FlattenedFields.StringsOffset), (int)U32(FlattenedFields.StringsSize));
        var structureOffset = (int)U32(FlattenedFields.StructureOffset);
        // version 16 does not say how long the structure block is: its end token does
        var structure = version >= 17 ? bytes.Slice(structureOffset, (int)U32(FlattenedFields.StructureSize)) : bytes[structureOffset..total];
        var reader = new StructureReader(structure, strings, structureOffset);
        if (reader.Read() is not { } root)
        {
            _error = reader.Error;
            return null;
        }

        if (version < 17)
        {
            structure = structure[..reader.Length];
        }

        var places = new List<(int Offset, FlattenedBlockKind Kind, int Length)>
        {
            ((int)U32(FlattenedFields.ReservationsOffset), FlattenedBlockKind.Reservations, reservationsLength),
            (structureOffset, FlattenedBlockKind.Structure, structure.Length),
            ((int)U32(FlattenedFields.StringsOffset), FlattenedBlockKind.Strings, strings.Length),
        };
        places.Sort((a, b) => a.Offset != b.Offset ? a.Offset.CompareTo(b.Offset) : a.Length.CompareTo(b.Length));
        var blocks = ImmutableArray.CreateBuilder<FlattenedBlock>(places.Count);
        var end = headerLength;
        foreach (var (offset, kind, length) in places)
        {
            if (offset < end)
            {
                return Error(DiagnosticCodes.DeviceTreeHeaderInvalid, offset, "two blocks overlap", "take a fresh copy of the file");
            }

            blocks.Add(new FlattenedBlock(kind, bytes[end..offset], bytes.Slice(offset, length)));
            end = offset + length;
        }

        return new DeviceTree
        {
            Version = version,
            LastCompatibleVersion = compatible,
            BootCpu = U32(FlattenedFields.BootCpu),
            Reservations = reservations,
            Root = root,
            Layout = new FlattenedLayout(root, reservations, total, blocks.MoveToImmutable(), bytes[end..total], bytes[total..]),
        };
    }

    private ImmutableArray<MemoryReservation>? ReadReservations(int headerLength, int total, out int length)
    {
        length = 0;
        if (!Fits("memory reservation block", FlattenedFields.ReservationsOffset, FlattenedFields.ReservationLength, headerLength, total))
        {
            return null;
        }

        var start = (int)U32(FlattenedFields.ReservationsOffset);
        var entries = ImmutableArray.CreateBuilder<MemoryReservation>();
        for (var offset = start; total - offset >= FlattenedFields.ReservationLength; offset += FlattenedFields.ReservationLength)
        {
            var entry = new MemoryReservation(BinaryPrimitives.ReadUInt64BigEndian(bytes.Span[offset..]), BinaryPrimitives.ReadUInt64BigEndian(bytes.Span[(offset + 8)..]));
            if (entry == default)
            {
                length = offset + FlattenedFields.ReservationLength - start;
                return entries.DrainToImmutable();
            }

            entries.Add(entry);
        }

        Error(DiagnosticCodes.DeviceTreeHeaderInvalid, start, "the memory reservation block has no end: an entry of zeros", "take a fresh copy of the file");
        return null;
    }

    private bool Fits(string block, int offsetField, long size, int headerLength, int total)
    {
        long offset = U32(offsetField);
        if (offset >= headerLength && offset + size <= total)
        {
            return true;
        }

        Error(DiagnosticCodes.DeviceTreeHeaderInvalid, offsetField, $"the {block}, {size} bytes from offset {offset} on, is not between the header and the end of the tree at {total}", "take a fresh copy of the file");
        return false;
    }

    private uint U32(int offset) => BinaryPrimitives.ReadUInt32BigEndian(bytes.Span[offset..]);

    private string Start() => bytes.IsEmpty ? "nothing" : string.Join(' ', bytes[..Math.Min(4, bytes.Length)].ToArray().Select(b => b.ToString("x2", System.Globalization.CultureInfo.InvariantCulture)));

    private DeviceTree? Truncated(string part, long offset, long size) => Error(
        DiagnosticCodes.DeviceTreeTruncated, offset, $"truncated: the {part} needs {size} bytes, and the file has {bytes.Length - offset}", "copy the file again, and compare its size with the original");

    private DeviceTree? Error(string code, long offset, string message, string fix)
    {
        _error = Diagnostic.Error(code, message, fix) with { Offset = offset };
        return null;
    }
}
