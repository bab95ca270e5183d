namespace KernelBuild.Patches.Mending;

/// <summary>One way to read a damaged hunk that fits the source.</summary>
/// <param name="Start">First line of the old file, counted from 0.</param>
/// <param name="Lines">With their marks and line breaks, "\ No newline" among them.</param>
/// <param name="What">What was restored, for a person; empty for the hunk as it stands.</param>
internal sealed record HunkReading(int Start, IReadOnlyList<string> Lines, IReadOnlyList<string> What)
{
    public int OldCount => Lines.Count(line => line[0] is ' ' or '-' or '\n');

    public int NewCount => Lines.Count(line => line[0] is ' ' or '+' or '\n');

    /// <summary>What becomes of the old file; two readings that make the same of it are one.</summary>
    public string Apply(IReadOnlyList<string> old)
    {
        var result = new System.Text.StringBuilder();
        result.AppendJoin("", old.Take(Start));
        for (var at = 0; at < Lines.Count; at++)
        {
            if (Lines[at][0] is not ('-' or '\\'))
            {
                result.Append(MendLines.Content(Lines, at));
            }
        }

        return result.AppendJoin("", old.Skip(Start + OldCount)).ToString();
    }
}
