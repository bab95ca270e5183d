using System.Runtime.InteropServices;
using KernelBuild.Patches.Diffs;

namespace KernelBuild.Patches.Application;

/// <summary>
/// A file as lines that hunks replace. It lives through the whole series, so that a file is cut into lines once; what a patch
/// did can be undone when a later hunk of it fails.
/// </summary>
internal sealed class FileImage
{
    private readonly List<byte[]> _buffers;
    private readonly List<Edit> _edits = [];
    private ImageLine[] _lines;

    private FileImage(List<byte[]> buffers, ImageLine[] lines, int count)
    {
        _buffers = buffers;
        _lines = lines;
        Count = count;
    }

    /// <summary>Lines in the file.</summary>
    public int Count { get; private set; }

    public static FileImage Empty() => new([], [], 0);

    public static FileImage Of(byte[] content)
    {
        var lines = new ImageLine[content.AsSpan().Count((byte)'\n') + 1];
        var count = 0;
        for (var start = 0; start < content.Length;)
        {
            var end = content.AsSpan(start).IndexOf((byte)'\n');
            var length = end < 0 ? content.Length - start : end + 1;
            lines[count++] = new ImageLine(0, start, length, Fresh: false);
            start += length;
        }

        return new FileImage([content], lines, count);
    }

    /// <summary>The bytes of a line, with its line break.</summary>
    /// <param name="at">Line, counted from 0.</param>
    public ReadOnlySpan<byte> LineAt(int at) => _buffers[_lines[at].Buffer].AsSpan(_lines[at].Start, _lines[at].Length);

    /// <summary>
    /// The same lines, to be changed on their own: of a copied file, of one touched twice by a patch, or for an experiment.
    /// </summary>
    public FileImage Copy()
    {
        var copy = new FileImage([.. _buffers], _lines.AsSpan(0, Count).ToArray(), Count);
        copy.Settle(0, Count);
        return copy;
    }

    /// <summary>Whether the hunk's old lines stand at this line, none of them brought by the same patch.</summary>
    /// <param name="span">The part of the hunk that counts: all of it, or less at both ends with fuzz.</param>
    /// <param name="at">Line, counted from 0.</param>
    public bool Matches(Hunk hunk, HunkSpan span, int at)
    {
        var wanted = hunk.Lines.AsSpan()[span.Start..span.End];
        foreach (ref readonly var line in wanted)
        {
            if (!line.IsOld)
            {
                continue;
            }

            if (at >= Count || _lines[at].Fresh || _lines[at].Length != line.Length || !LineAt(at).SequenceEqual(hunk.BytesOf(line)))
            {
                return false;
            }

            at++;
        }

        return true;
    }

    /// <summary>Puts the hunk's new lines in the place of its old ones.</summary>
    /// <param name="at">Line, counted from 0, at which <see cref="Matches"/> holds.</param>
    public void Replace(Hunk hunk, HunkSpan span, int at)
    {
        var (buffer, shift) = BufferOf(hunk);
        var removed = _lines.AsSpan(at, span.OldCount).ToArray();
        var inserted = new ImageLine[span.NewCount];
        var (old, next) = (0, 0);
        foreach (ref readonly var line in hunk.Lines.AsSpan()[span.Start..span.End])
        {
            if (line.Kind == HunkLineKind.Added)
            {
                inserted[next++] = new ImageLine(buffer, shift + line.Start, line.Length, Fresh: true);
                continue;
            }

            if (line.Kind == HunkLineKind.Context)
            {
                // the file's own bytes, which lie beside their neighbours
                inserted[next++] = removed[old] with { Fresh = true };
            }

            old++;
        }

        Splice(at, removed.Length, inserted);
        _edits.Add(new Edit(at, inserted.Length, removed));
    }

    /// <summary>The patch is in: its lines may be matched by the next one.</summary>
    public void Accept()
    {
        // one edit is where it was made; with several, the later ones have moved the earlier
        Settle(_edits is [var only] ? only.At : 0, _edits is [var one] ? one.Inserted : Count);
        _edits.Clear();
    }

    /// <summary>Takes back everything since the last <see cref="Accept"/>.</summary>
    public void Undo()
    {
        for (var edit = _edits.Count - 1; edit >= 0; edit--)
        {
            Splice(_edits[edit].At, _edits[edit].Inserted, _edits[edit].Removed);
        }

        _edits.Clear();
    }

    /// <summary>The bytes of the file.</summary>
    public byte[] ToArray()
    {
        var lines = _lines.AsSpan(0, Count);
        long length = 0;
        foreach (ref readonly var line in lines)
        {
            length += line.Length;
        }

        var content = new byte[length];
        var at = 0;
        for (var first = 0; first < lines.Length;)
        {
            // neighbours in one buffer are copied together
            ref readonly var line = ref lines[first];
            var end = line.Start + line.Length;
            var next = first + 1;
            while (next < lines.Length && lines[next].Buffer == line.Buffer && lines[next].Start == end)
            {
                end += lines[next++].Length;
            }

            _buffers[line.Buffer].AsSpan(line.Start, end - line.Start).CopyTo(content.AsSpan(at));
            at += end - line.Start;
            first = next;
        }

        return content;
    }

    private void Settle(int first, int count)
    {
        foreach (ref var line in _lines.AsSpan(first, count))
        {
            line = line.Fresh ? line with { Fresh = false } : line;
        }
    }

    private void Splice(int at, int removed, ImageLine[] inserted)
    {
        var count = Count - removed + inserted.Length;
        if (count > _lines.Length)
        {
            Array.Resize(ref _lines, Math.Max(count, _lines.Length + (_lines.Length / 8) + 16));
        }

        _lines.AsSpan(at + removed, Count - at - removed).CopyTo(_lines.AsSpan(at + inserted.Length));
        inserted.CopyTo(_lines.AsSpan(at));
        Count = count;
    }

    /// <summary>The number of the hunk's text among the buffers, and where in it the text begins.</summary>
    private (int Buffer, int Shift) BufferOf(Hunk hunk)
    {
        if (!MemoryMarshal.TryGetArray(hunk.Text, out var text))
        {
            throw new InvalidOperationException("the text of a patch is an array");
        }

        var known = _buffers.LastIndexOf(text.Array!);
        if (known < 0)
        {
            known = _buffers.Count;
            _buffers.Add(text.Array!);
        }

        return (known, text.Offset);
    }

    /// <summary>A replacement that can be taken back.</summary>
    private sealed record Edit(int At, int Inserted, ImageLine[] Removed);
}
