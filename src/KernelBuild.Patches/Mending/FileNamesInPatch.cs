using System.Text.RegularExpressions;

namespace KernelBuild.Patches.Mending;

/// <summary>Which file hunks may be of, when the lines that said so are lost.</summary>
internal static partial class FileNamesInPatch
{
    /// <summary>Names as the patch has them above a hunk, without the prefix; those of the diffstat where there are none.</summary>
    /// <param name="lines">The diff, with the diffstat above it.</param>
    /// <param name="hunk">Line of the hunk's header.</param>
    /// <param name="section">First line that may speak of it: behind the hunks of the file before.</param>
    public static IReadOnlyList<string> Of(IReadOnlyList<string> lines, int hunk, int section)
    {
        string[] above = [.. Above(lines, hunk, section).Distinct(StringComparer.Ordinal)];
        return above.Length > 0 ? above
            : [.. lines.Take(hunk).Select(line => Stat().Match(line))
                .Where(match => match.Success)
                .Select(match => match.Groups["name"].Value)
                .Distinct(StringComparer.Ordinal)];
    }

    private static IEnumerable<string> Above(IReadOnlyList<string> lines, int hunk, int section)
    {
        for (var at = hunk - 1; at >= section; at--)
        {
            foreach (var match in new[] { Marked().Match(lines[at]), Git().Match(lines[at]), Diff().Match(lines[at]), Index().Match(lines[at]) })
            {
                if (match.Success && Name(match.Groups["name"].Value) is { } name)
                {
                    yield return name;
                }
            }
        }
    }

    private static string? Name(string text)
    {
        var name = text.Split('\t')[0].Trim();
        return name is "/dev/null" or "" ? null : name.StartsWith("a/", StringComparison.Ordinal) || name.StartsWith("b/", StringComparison.Ordinal) ? name[2..] : name;
    }

    [GeneratedRegex(@"^(---|\+\+\+) (?<name>\S.*)$")]
    private static partial Regex Marked();

    [GeneratedRegex(@"^diff --git a/\S+ b/(?<name>\S+)$")]
    private static partial Regex Git();

    [GeneratedRegex(@"^diff -(?!-git)\S+ .*?(?<name>\S+)$")]
    private static partial Regex Diff();

    [GeneratedRegex(@"^Index: (?<name>\S+)$")]
    private static partial Regex Index();

    [GeneratedRegex(@"^ (?<name>\S+) +\| +\d+ [+-]*$")]
    private static partial Regex Stat();
}
