using System.Collections.Immutable;
using System.Globalization;

namespace KernelBuild.Patches.Diffs;

/// <summary>One "@@ -a,b +c,d @@" and its lines.</summary>
/// <param name="Text">The patch's text, that the lines are slices of.</param>
/// <param name="OldStart">First line in the old file, counted from 1; 0 when there is none.</param>
/// <param name="NewStart">First line in the new file, counted from 1; 0 when there is none.</param>
/// <param name="Section">What stands after the second "@@": the function, as diff guessed it.</param>
/// <param name="Number">Line of the header in the patch file, counted from 1.</param>
public sealed record Hunk(
    ReadOnlyMemory<byte> Text,
    int OldStart,
    int OldCount,
    int NewStart,
    int NewCount,
    string Section,
    int Number,
    ImmutableArray<HunkLine> Lines)
{
    /// <summary>Context lines before the first change.</summary>
    public int Leading { get; } = CountContext(Lines, fromEnd: false);

    /// <summary>Context lines after the last change.</summary>
    public int Trailing { get; } = CountContext(Lines, fromEnd: true);

    /// <summary>The ranges, as the patch writes them: "@@ -a,b +c,d @@".</summary>
    public string Header => string.Create(CultureInfo.InvariantCulture, $"@@ -{Range(OldStart, OldCount)} +{Range(NewStart, NewCount)} @@");

    /// <summary>No line around the change: only the line number says where it belongs.</summary>
    public bool HasNoContext => Leading == 0 && Trailing == 0;

    /// <summary>The hunk that takes this one back.</summary>
    public Hunk Reversed() => new(
        Text, NewStart, NewCount, OldStart, OldCount, Section, Number,
        [.. Lines.Select(line => line with
        {
            Kind = line.Kind switch
            {
                HunkLineKind.Added => HunkLineKind.Removed,
                HunkLineKind.Removed => HunkLineKind.Added,
                _ => line.Kind,
            },
        })]);

    public ReadOnlySpan<byte> BytesOf(HunkLine line) => Text.Span.Slice(line.Start, line.Length);

    private static string Range(int start, int count) =>
        count == 1 ? start.ToString(CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"{start},{count}");

    private static int CountContext(ImmutableArray<HunkLine> lines, bool fromEnd)
    {
        var count = 0;
        while (count < lines.Length && lines[fromEnd ? lines.Length - 1 - count : count].Kind == HunkLineKind.Context)
        {
            count++;
        }

        return count;
    }
}
