using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using KernelBuild.Diagnostics;

namespace KernelBuild.Patches.Diffs;

/// <summary>
/// Reads hunks as strictly as git apply does: the header counts the lines, every line has its mark, and something changes.
/// </summary>
internal static class HunkReader
{
    /// <summary>"\ No newline at end of file", whatever the language: a backslash, a blank, and some words.</summary>
    private const int ShortestNoNewlineMark = 12;

    public static ReadOnlySpan<byte> Mark => "@@ -"u8;

    /// <summary>Whether a line is a hunk's header.</summary>
    public static bool IsHeader(ReadOnlySpan<byte> line) => line.StartsWith(Mark) && TryReadHeader(line, out _);

    public static Hunk Read(TextLines lines)
    {
        var number = lines.Number;
        if (!TryReadHeader(lines.Current, out var header))
        {
            throw Malformed.At(number, "the header of this hunk is damaged: '@@ -LINE,COUNT +LINE,COUNT @@' was expected");
        }

        lines.Advance();
        // the header may lie about the counts: the room is taken as lines come
        var found = ImmutableArray.CreateBuilder<HunkLine>();
        var (oldLeft, newLeft) = (header.OldCount, header.NewCount);
        var changes = false;
        while (oldLeft > 0 || newLeft > 0)
        {
            var line = lines.Current;
            if (line.IsEmpty || line[^1] != '\n')
            {
                throw oldLeft == newLeft && changes
                    ? Miscounted(
                        lines.Number, header, $"the patch ends {Counted.Of(oldLeft, "line")} of context before the hunk does",
                        $"where these lines are blank, mail programs and editors take them off the end: add {Counted.Of(oldLeft, "line")} of one "
                        + "blank, and compare with the source; or take the patch anew from its author")
                    : Miscounted(lines.Number, header, "the patch ends inside the hunk");
            }

            if (line[0] == '\\')
            {
                MarkNoNewline(lines, found);
                continue;
            }

            var kind = line[0] switch
            {
                (byte)' ' or (byte)'\n' => HunkLineKind.Context,
                (byte)'-' => HunkLineKind.Removed,
                (byte)'+' => HunkLineKind.Added,
                _ => throw Miscounted(lines.Number, header, "this line has none of the marks ' ', '-', '+'"),
            };
            oldLeft -= kind == HunkLineKind.Added ? 0 : 1;
            newLeft -= kind == HunkLineKind.Removed ? 0 : 1;
            if (oldLeft < 0 || newLeft < 0)
            {
                throw Miscounted(lines.Number, header, "the hunk has more lines than its header counts");
            }

            changes |= kind != HunkLineKind.Context;
            // mail programs cut the blank of an empty context line, and newer diffs write none
            var marked = line[0] == '\n' ? 0 : 1;
            found.Add(new HunkLine(kind, lines.Position + marked, line.Length - marked, lines.Number));
            lines.Advance();
        }

        if (!changes)
        {
            throw Malformed.At(number, $"the hunk {Show(header)} changes nothing");
        }

        if (lines.Current.Length > ShortestNoNewlineMark && lines.Current.StartsWith("\\ "u8))
        {
            MarkNoNewline(lines, found);
        }

        return new Hunk(
            lines.Text, header.OldStart, header.OldCount, header.NewStart, header.NewCount, header.Section, number, found.ToImmutable());
    }

    /// <summary>Takes the line break from the line before.</summary>
    private static void MarkNoNewline(TextLines lines, ImmutableArray<HunkLine>.Builder found)
    {
        if (lines.Current.Length < ShortestNoNewlineMark || !lines.Current.StartsWith("\\ "u8))
        {
            throw Malformed.At(lines.Number, "'\\ No newline at end of file' was expected after the backslash");
        }

        if (found.Count > 0 && found[^1].Length > 0 && lines.Text.Span[found[^1].Start + found[^1].Length - 1] == '\n')
        {
            found[^1] = found[^1] with { Length = found[^1].Length - 1 };
        }

        lines.Advance();
    }

    private static DiagnosticException Miscounted(int number, in HunkHeader header, string why, string? fix = null)
    {
        var message = $"the hunk {Show(header)} does not have the lines that its header counts: {why}";
        return fix is null ? Malformed.At(number, message) : Malformed.At(number, message, fix);
    }

    private static string Show(in HunkHeader header) =>
        string.Create(CultureInfo.InvariantCulture, $"@@ -{header.OldStart},{header.OldCount} +{header.NewStart},{header.NewCount} @@");

    private static bool TryReadHeader(ReadOnlySpan<byte> line, out HunkHeader header)
    {
        header = default;
        if (line.IsEmpty || line[^1] != '\n' || !line.StartsWith(Mark))
        {
            return false;
        }

        var rest = line[Mark.Length..];
        if (!TryReadRange(ref rest, out var oldStart, out var oldCount)
            || !rest.StartsWith(" +"u8))
        {
            return false;
        }

        rest = rest[2..];
        if (!TryReadRange(ref rest, out var newStart, out var newCount) || !rest.StartsWith(" @@"u8))
        {
            return false;
        }

        header = new HunkHeader(oldStart, oldCount, newStart, newCount, Encoding.UTF8.GetString(rest[3..].Trim(" \t\r\n"u8)));
        return true;
    }

    private static bool TryReadRange(ref ReadOnlySpan<byte> text, out int start, out int count)
    {
        count = 1;
        if (!TryReadNumber(ref text, out start))
        {
            return false;
        }

        if (text.IsEmpty || text[0] != ',')
        {
            return true;
        }

        text = text[1..];
        return TryReadNumber(ref text, out count);
    }

    private static bool TryReadNumber(ref ReadOnlySpan<byte> text, out int value)
    {
        var digits = text.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        digits = digits < 0 ? text.Length : digits;
        var ok = int.TryParse(text[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out value);
        text = text[digits..];
        return ok;
    }

    private readonly record struct HunkHeader(int OldStart, int OldCount, int NewStart, int NewCount, string Section);
}
