using System.Globalization;
using System.Text;
using KernelBuild.Git.Objects;

namespace KernelBuild.Patches.Refresh;

/// <summary>
/// Rewrites a patch so that it fits a source exactly, changing as little as can be: line numbers, context that differs, blob
/// names in index lines. Message, order, function names and everything between stay as they are, byte by byte.
/// </summary>
internal static class PatchRewriter
{
    /// <param name="text">The patch file.</param>
    /// <param name="diffStart">Offset of the diff's text in it.</param>
    /// <param name="edits">For each hunk that moved: where it goes.</param>
    public static byte[] Rewrite(ReadOnlySpan<byte> text, int diffStart, IEnumerable<HunkEdit> edits, IEnumerable<IndexEdit> ids)
    {
        using var result = new MemoryStream(text.Length + 256);
        var lines = SplitLines(text);
        var replaced = new Dictionary<int, byte[]>();
        foreach (var edit in edits)
        {
            replaced[edit.Hunk.Number] = Header(text, lines, edit);
            foreach (var (number, bytes) in edit.Context)
            {
                // a last line without its break is marked on the line below, which stays
                replaced[number] = bytes is [.., (byte)'\n'] ? [(byte)' ', .. bytes] : [(byte)' ', .. bytes, (byte)'\n'];
            }
        }

        foreach (var edit in ids)
        {
            ReplaceIds(text, lines, edit, replaced);
        }

        for (var number = 1; number <= lines.Count; number++)
        {
            var (start, length) = lines[number - 1];
            result.Write(start >= diffStart && replaced.TryGetValue(number, out var line) ? line : text.Slice(start, length));
        }

        return result.ToArray();
    }

    private static byte[] Header(ReadOnlySpan<byte> text, List<(int Start, int Length)> lines, HunkEdit edit)
    {
        var (start, length) = lines[edit.Hunk.Number - 1];
        var line = text.Slice(start, length);
        var section = line[(2 + line[2..].IndexOf("@@"u8) + 2)..];
        var ranges = edit.Hunk with { OldStart = edit.OldStart, NewStart = edit.NewStart };
        return [.. Encoding.ASCII.GetBytes(ranges.Header), .. section];
    }

    /// <summary>"index OLD..NEW MODE" above a file's hunks, in the length that it has.</summary>
    private static void ReplaceIds(
        ReadOnlySpan<byte> text, List<(int Start, int Length)> lines, IndexEdit edit, Dictionary<int, byte[]> replaced)
    {
        for (var number = edit.HeaderNumber; number <= lines.Count && number < edit.HeaderNumber + 8; number++)
        {
            var line = Encoding.Latin1.GetString(text.Slice(lines[number - 1].Start, lines[number - 1].Length));
            if (!line.StartsWith("index ", StringComparison.Ordinal)
                || line.IndexOf("..", StringComparison.Ordinal) is not (> 0 and var dots))
            {
                continue;
            }

            var shown = Math.Min(dots - "index ".Length, GitObjectId.HexLength);
            var rest = line[(dots + 2)..].TrimStart("0123456789abcdef".ToCharArray());
            replaced[number] = Encoding.Latin1.GetBytes(string.Create(
                CultureInfo.InvariantCulture, $"index {edit.Old.ToString()[..shown]}..{edit.New.ToString()[..shown]}{rest}"));
            return;
        }
    }

    private static List<(int Start, int Length)> SplitLines(ReadOnlySpan<byte> text)
    {
        var lines = new List<(int, int)>();
        for (var start = 0; start < text.Length;)
        {
            var end = text[start..].IndexOf((byte)'\n');
            var length = end < 0 ? text.Length - start : end + 1;
            lines.Add((start, length));
            start += length;
        }

        return lines;
    }
}
