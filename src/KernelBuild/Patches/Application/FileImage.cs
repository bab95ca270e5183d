using System.Runtime.InteropServices;
using KernelBuild.Patches.Diffs;

namespace KernelBuild.Patches.Application;

/// <summary>
/// A file as a list of lines that hunks replace. It lives through the whole series, so that a file is cut into lines once;
/// what a patch did can be undone when a later hunk of it fails.
/// </summary>
internal sealed class FileImage
{
    /// <summary>The origin of lines that no patch brought.</summary>
    public const int Base = -1;

    private readonly List<ImageLine> _lines;
    private readonly List<(int At, int Inserted, ImageLine[] Removed)> _edits = [];

    private FileImage(List<ImageLine> lines) => _lines = lines;

    public int Count => _lines.Count;

    public ReadOnlySpan<ImageLine> Lines => CollectionsMarshal.AsSpan(_lines);

    public static FileImage Empty() => new([]);

    public static FileImage Of(byte[] content)
    {
        var lines = new List<ImageLine>(Math.Max(4, content.Length / 32));
        for (var start = 0; start < content.Length;)
        {
            var end = content.AsSpan(start).IndexOf((byte)'\n');
            var length = end < 0 ? content.Length - start : end + 1;
            lines.Add(new ImageLine(content, start, length, Base, Fresh: false));
            start += length;
        }

        return new FileImage(lines);
    }

    /// <summary>The same lines, to be changed on their own: of a copied file, of one touched twice by a patch, or for an experiment.</summary>
    public FileImage Copy()
    {
        var copy = new FileImage([.. _lines]);
        foreach (ref var line in CollectionsMarshal.AsSpan(copy._lines))
        {
            line = line.Fresh ? line with { Fresh = false } : line;
        }

        return copy;
    }

    /// <summary>Whether the hunk's old lines stand at this line, none of them brought by the same patch.</summary>
    /// <param name="at">Line, counted from 0.</param>
    /// <param name="span">The part of the hunk that counts: all of it, or less at both ends with fuzz.</param>
    public bool Matches(Hunk hunk, HunkSpan span, int at)
    {
        var lines = Lines;
        foreach (var line in hunk.Lines.AsSpan()[span.Start..span.End])
        {
            if (!line.IsOld)
            {
                continue;
            }

            if (at >= lines.Length || lines[at].Fresh || lines[at].Length != line.Length || !lines[at].Bytes.SequenceEqual(hunk.BytesOf(line)))
            {
                return false;
            }

            at++;
        }

        return true;
    }

    /// <summary>Puts the hunk's new lines in the place of its old ones.</summary>
    /// <param name="at">Line, counted from 0, at which <see cref="Matches"/> holds.</param>
    /// <param name="origin">Number of the patch in the series.</param>
    public void Replace(Hunk hunk, HunkSpan span, int at, int origin)
    {
        if (!MemoryMarshal.TryGetArray(hunk.Text, out var text))
        {
            throw new InvalidOperationException("the text of a patch is an array");
        }

        var removed = new ImageLine[span.OldCount];
        _lines.CopyTo(at, removed, 0, removed.Length);
        var inserted = new List<ImageLine>(span.NewCount);
        var old = 0;
        foreach (var line in hunk.Lines.AsSpan()[span.Start..span.End])
        {
            if (line.Kind == HunkLineKind.Added)
            {
                inserted.Add(new ImageLine(text.Array!, text.Offset + line.Start, line.Length, origin, Fresh: true));
            }
            else
            {
                if (line.Kind == HunkLineKind.Context)
                {
                    // the file's own bytes, so that the patch's text need not be kept for them
                    inserted.Add(removed[old] with { Fresh = true });
                }

                old++;
            }
        }

        _lines.RemoveRange(at, removed.Length);
        _lines.InsertRange(at, inserted);
        _edits.Add((at, inserted.Count, removed));
    }

    /// <summary>The patch is in: its lines may be matched by the next one.</summary>
    public void Accept()
    {
        // one edit is where it was made; with several, the later ones have moved the earlier
        var (first, count) = _edits is [var only] ? (only.At, only.Inserted) : (0, _lines.Count);
        foreach (ref var line in CollectionsMarshal.AsSpan(_lines).Slice(first, count))
        {
            line = line.Fresh ? line with { Fresh = false } : line;
        }

        _edits.Clear();
    }

    /// <summary>Takes back everything since the last <see cref="Accept"/>.</summary>
    public void Undo()
    {
        for (var edit = _edits.Count - 1; edit >= 0; edit--)
        {
            var (at, inserted, removed) = _edits[edit];
            _lines.RemoveRange(at, inserted);
            _lines.InsertRange(at, removed);
        }

        _edits.Clear();
    }

    /// <summary>The bytes of the file.</summary>
    public byte[] ToArray()
    {
        long length = 0;
        foreach (ref readonly var line in Lines)
        {
            length += line.Length;
        }

        var content = new byte[length];
        var at = 0;
        var lines = Lines;
        for (var first = 0; first < lines.Length;)
        {
            // neighbours in one buffer are copied together
            var (buffer, start) = (lines[first].Buffer, lines[first].Start);
            var end = start + lines[first].Length;
            var next = first + 1;
            while (next < lines.Length && ReferenceEquals(lines[next].Buffer, buffer) && lines[next].Start == end)
            {
                end += lines[next++].Length;
            }

            buffer.AsSpan(start, end - start).CopyTo(content.AsSpan(at));
            at += end - start;
            first = next;
        }

        return content;
    }
}
