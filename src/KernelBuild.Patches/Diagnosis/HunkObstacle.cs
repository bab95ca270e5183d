using System.Globalization;
using KernelBuild.Patches.Application;
using KernelBuild.Patches.Diffs;

namespace KernelBuild.Patches.Diagnosis;

/// <summary>What keeps a hunk out of a file that has its lines: line ends, the last line break, or that it has no context.</summary>
/// <param name="Line">Where its lines stand, counted from 1.</param>
internal sealed record HunkObstacle(int Line, string Reason, string Mend)
{
    public static HunkObstacle? Find(FileImage image, Hunk hunk)
    {
        var old = HunkSearch.OldLines(hunk);
        if (hunk is { OldStart: 0, OldCount: 0 })
        {
            return new HunkObstacle(
                0, "it fills a file that is new or empty, and the source's has content", "rewrite the patch against this source, or take it out where the file is the same");
        }

        if (hunk.HasNoContext)
        {
            return WithoutContext(image, hunk, old);
        }

        var expected = Math.Max(hunk.OldStart - 1, 0);
        for (var distance = 0; distance <= Math.Max(image.Count, expected); distance++)
        {
            foreach (var at in distance == 0 ? (int[])[expected] : [expected + distance, expected - distance])
            {
                if (at >= 0 && at + old.Count <= image.Count && Stands(image, hunk, old, at, Bare))
                {
                    // with their line ends, too: something else keeps it out
                    return Stands(image, hunk, old, at, Whole) ? null : Explain(image, hunk, old, at);
                }
            }
        }

        return null;
    }

    private static HunkObstacle WithoutContext(FileImage image, Hunk hunk, List<HunkLine> old)
    {
        var line = Math.Max(hunk.OldStart, 1);
        var isThere = old.Count > 0 && line - 1 + old.Count <= image.Count && Stands(image, hunk, old, line - 1, Whole);
        return new HunkObstacle(
            isThere ? line : 0,
            string.Create(
                CultureInfo.InvariantCulture,
                $"it has no context (diff -U0): only the number says that it belongs to line {line}, and git does not take that")
            + (isThere ? "; its lines are there" : ""),
            "make the patch anew with context (git format-patch, diff -u)"
            + (isThere ? "; or look at the place and apply it once by hand: git apply --unidiff-zero" : ""));
    }

    private static HunkObstacle Explain(FileImage image, Hunk hunk, List<HunkLine> old, int at)
    {
        var patch = old.Count(line => hunk.BytesOf(line).EndsWith("\r\n"u8));
        var source = Enumerable.Range(at, old.Count).Count(line => image.LineAt(line).EndsWith("\r\n"u8));
        if (patch != source)
        {
            return new HunkObstacle(
                at + 1,
                $"only the line ends differ: {Ends(patch, old.Count)} in the patch, {Ends(source, old.Count)} in the source",
                patch > source
                    ? "take the carriage returns out of the patch: sed -i 's/\\r$//' FILE"
                    : "give the patch the line ends of the source: git format-patch in a tree that has them, sent without conversion");
        }

        var isOpen = !image.LineAt(image.Count - 1).EndsWith("\n"u8);
        return new HunkObstacle(
            at + 1,
            "only the line break at the end of the file differs: " + (isOpen
                ? "the source has none behind its last line, and the patch expects one"
                : "the source has one behind its last line, and the patch expects none"),
            isOpen
                ? "write '\\ No newline at end of file' below that line of the patch, or make the patch anew from this source"
                : "take '\\ No newline at end of file' out below that line of the patch, or make the patch anew from this source");
    }

    private static string Ends(int withReturns, int all) => withReturns == 0 ? "LF" : withReturns == all ? "CR LF" : "CR LF and LF mixed";

    private static bool Stands(FileImage image, Hunk hunk, List<HunkLine> old, int at, Part part)
    {
        for (var line = 0; line < old.Count; line++)
        {
            if (!part(image.LineAt(at + line)).SequenceEqual(part(hunk.BytesOf(old[line]))))
            {
                return false;
            }
        }

        return true;
    }

    private static ReadOnlySpan<byte> Bare(ReadOnlySpan<byte> line) => line.TrimEnd("\r\n"u8);

    private static ReadOnlySpan<byte> Whole(ReadOnlySpan<byte> line) => line;

    private delegate ReadOnlySpan<byte> Part(ReadOnlySpan<byte> line);
}
