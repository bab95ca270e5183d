using KernelBuild.Compression.Memory;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Dtbo;

/// <summary>
/// Changes a table and leaves in place what it can: where the table stands, what stands between the overlays, how they are aligned, which
/// entries share one, and what longer entries of a vendor hold.
/// </summary>
internal sealed class DtboRewriter
{
    private const int LargestAlignment = 4096;
    private const int LongestEntry = 4096;

    private readonly DtboImage _old;
    private readonly IReadOnlyList<DtboEdit> _entries;
    private readonly Dictionary<(uint Offset, uint Size), ReadOnlyMemory<byte>> _blobs = [];
    private readonly List<ReadOnlyMemory<byte>> _added = [];

    /// <summary>Of each entry the range of the old image that its overlay takes the place of; null when it is added behind all.</summary>
    private readonly List<(uint Offset, uint Size)?> _places = [];

    private DtboRewriter(DtboImage old, IReadOnlyList<DtboEdit> entries)
    {
        _old = old;
        _entries = entries;
    }

    /// <summary>The new table and its overlays; what follows them in the file is not part of it.</summary>
    /// <exception cref="DiagnosticException">
    /// KB5028: parts of the old image lie over one another, so that none can be moved; too large.
    /// </exception>
    public static byte[] Write(DtboImage old, IReadOnlyList<DtboEdit> entries) => new DtboRewriter(old, entries).Write();

    private byte[] Write()
    {
        // only a table without entries can state a size that the file does not bound
        if (_old.EntrySize > LongestEntry)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.DtboInvalid, $"entries of the dtbo image have {_old.EntrySize} bytes each, and the table holds {_old.Entries.Length}",
                "make the image anew with all its overlays: kernelbuild mkdtboimg create") with { Offset = DtboFields.EntrySize });
        }

        PlaceAll();
        var regions = _blobs.Keys.Select(range => ((long)range.Offset, (long)range.Size, IsTable: false))
            .Append((_old.EntriesOffset, _old.Entries.Length * (long)_old.EntrySize, IsTable: true))
            .OrderBy(region => region.Item1).ThenBy(region => region.Item2).ToArray();
        var alignment = Alignment();
        var moved = new Dictionary<(uint, uint), long>();
        var (tableAt, tableLength) = (0L, _entries.Count * (long)_old.EntrySize);
        using var output = new MemoryStream();
        output.Write(_old.Bytes.Span[..DtboFields.HeaderLength]);
        long next = DtboFields.HeaderLength;
        foreach (var (offset, size, isTable) in regions)
        {
            RequireOrder(offset, next, size);
            Gap(output, next, offset, isTable ? 1 : alignment);
            if (isTable)
            {
                tableAt = output.Length;
                output.Write(new byte[tableLength]);
            }
            else
            {
                moved[((uint)offset, (uint)size)] = output.Length;
                output.Write(_blobs[((uint)offset, (uint)size)].Span);
            }

            next = Math.Max(next, offset + size);
        }

        output.Write(_old.Bytes.Span[(int)Math.Min(next, _old.Bytes.Length)..]);
        var added = new List<long>();
        foreach (var content in _added)
        {
            output.Write(new byte[Align.Padding((int)output.Length, (uint)alignment)]);
            added.Add(output.Length);
            output.Write(content.Span);
        }

        var bytes = output.ToArray();
        WriteTable(bytes, (int)tableAt, i => _places[i] is { } range ? moved[range] : added[_added.FindIndex(one => one.Equals(Added(i)))]);
        var header = _old.Header with { TotalSize = (uint)bytes.Length, EntryCount = (uint)_entries.Count, EntriesOffset = (uint)tableAt };
        header.Write(bytes);
        return bytes;
    }

    /// <summary>An overlay that several entries share is replaced where it stands only when all of them change in the same way.</summary>
    private void PlaceAll()
    {
        foreach (var entry in _old.Entries.Where((_, i) => _entries.Any(edit => edit.From == i)))
        {
            _blobs[(entry.Offset, entry.Size)] = entry.Content;
        }

        foreach (var edit in _entries)
        {
            var content = edit.Contents.Content;
            if (edit.From is { } from)
            {
                var range = (_old.Entries[from].Offset, _old.Entries[from].Size);
                var sharers = _entries.Where(e => e.From is { } other && (_old.Entries[other].Offset, _old.Entries[other].Size) == range);
                if (sharers.All(e => MemoryWindow.AreEqual(e.Contents.Content, content)))
                {
                    _blobs[range] = content;
                    _places.Add(range);
                    continue;
                }

                if (MemoryWindow.AreEqual(_old.Entries[from].Content, content))
                {
                    _places.Add(range);
                    continue;
                }
            }

            // equal overlays are stored once, as mkdtboimg does
            if (!_added.Any(one => MemoryWindow.AreEqual(one, content)))
            {
                _added.Add(content);
            }

            _places.Add(null);
        }
    }

    private ReadOnlyMemory<byte> Added(int entry) => _added.First(one => MemoryWindow.AreEqual(one, _entries[entry].Contents.Content));

    /// <summary>What stood in front of a part stays; zeros are as many as its alignment asks for.</summary>
    private void Gap(MemoryStream output, long from, long to, int alignment)
    {
        var gap = to > from ? _old.Bytes.Span[(int)from..(int)to] : [];
        output.Write(gap.ContainsAnyExcept((byte)0) || alignment == 1 ? gap : new byte[Align.Padding((int)output.Length, (uint)alignment)]);
    }

    /// <summary>
    /// The largest power of two that all overlays start at a multiple of, where zeros between them show that it was meant.
    /// </summary>
    private int Alignment()
    {
        var ranges = _old.Entries.Where(e => e.Size > 0)
            .Select(e => (Start: (long)e.Offset, End: (long)e.Offset + e.Size))
            .Distinct().Order().ToArray();
        var hasGaps = ranges.Zip(ranges.Skip(1)).Any(pair => pair.Second.Start > pair.First.End);
        var alignment = hasGaps ? LargestAlignment : 1;
        while (alignment > 1 && ranges.Any(range => range.Start % alignment != 0))
        {
            alignment /= 2;
        }

        return alignment;
    }

    private static void RequireOrder(long offset, long next, long size)
    {
        if (offset < next && size > 0)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.DtboInvalid,
                $"what stands at {offset} of the dtbo image lies over what ends at {next}, so that neither can be changed alone",
                "make the image anew with all its overlays: kernelbuild mkdtboimg create") with { Offset = offset });
        }
    }

    private void WriteTable(byte[] bytes, int tableAt, Func<int, long> offsetOf)
    {
        for (var i = 0; i < _entries.Count; i++)
        {
            var at = bytes.AsSpan(tableAt + (i * (int)_old.EntrySize), (int)_old.EntrySize);
            if (_entries[i].From is { } from)
            {
                var row = (int)(_old.EntriesOffset + (from * _old.EntrySize));
                _old.Bytes.Span.Slice(row, (int)_old.EntrySize).CopyTo(at);
            }

            var contents = _entries[i].Contents;
            new DtboTableEntry(
                (uint)contents.Content.Length, (uint)offsetOf(i), contents.Id, contents.Revision,
                [contents.Custom0, contents.Custom1, contents.Custom2, contents.Custom3])
                .Write(at);
        }
    }
}
