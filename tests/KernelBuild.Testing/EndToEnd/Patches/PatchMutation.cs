using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace KernelBuild.Testing.EndToEnd.Patches;

/// <summary>Ways in which patches go wrong, done on purpose and repeatably.</summary>
public static partial class PatchMutation
{
    public static IReadOnlyList<(string Name, Func<string, Random, string> Apply)> All { get; } =
    [
        ("drifted context", (text, random) => EditLine(text, random, line => line.StartsWith(' ') && line.Length > 2, line => line + "x")),
        ("drifted removal",
            (text, random) => EditLine(
                text, random, line => line.StartsWith('-') && !line.StartsWith("---", StringComparison.Ordinal), line => line + " ")),
        ("moved hunk",
            (text, random) => EditLine(
                text, random, line => line.StartsWith("@@ -", StringComparison.Ordinal), line => Shift(line, random.Next(-40, 41)))),
        ("dropped hunk", DropHunk),
        ("doubled hunk", DoubleHunk),
        ("swapped hunks", SwapHunks),
        ("reversed", (text, _) => Reverse(text)),
        ("wrong count",
            (text, random) => EditLine(
                text, random, line => line.StartsWith("@@ -", StringComparison.Ordinal), line => Recount(line, random))),
        ("truncated", (text, random) => text[..random.Next(text.Length)]),
        ("deleted line",
            (text, random) => { var lines = text.Split('\n').ToList(); lines.RemoveAt(random.Next(lines.Count)); return string.Join(
                '\n', lines); }),
        ("doubled line",
            (text, random) => { var lines = text.Split('\n').ToList(); var at = random.Next(lines.Count); lines.Insert(at, lines[at]); return string.Join('\n', lines); }),
        ("flipped byte",
            (text, random) => { var at = random.Next(text.Length); return text[..at] + (char)(text[at] ^ (1 << random.Next(7)))
                + text[(at + 1)..]; }),
        ("carriage returns",
            (text, random) => EditLine(text, random, line => line.Length > 0 && line[0] is ' ' or '-' or '+', line => line + "\r")),
        ("no newline",
            (text, random) => { var lines = text.Split('\n').ToList(); lines.Insert(
                random.Next(lines.Count), "\\ No newline at end of file"); return string.Join('\n', lines); }),
        ("less context", (text, random) => EditLine(text, random, line => line == " ", _ => "")),
    ];

    private static string EditLine(string text, Random random, Func<string, bool> which, Func<string, string> edit)
    {
        var lines = text.Split('\n');
        var candidates = Enumerable.Range(0, lines.Length).Where(at => which(lines[at])).ToArray();
        if (candidates.Length > 0)
        {
            var at = candidates[random.Next(candidates.Length)];
            lines[at] = edit(lines[at]);
        }

        return string.Join('\n', lines);
    }

    private static List<string> Hunks(string text) => [.. Boundary().Split(text)];

    private static string DropHunk(string text, Random random)
    {
        var parts = Hunks(text);
        var hunks = Enumerable.Range(0, parts.Count).Where(at => parts[at].StartsWith("@@ -", StringComparison.Ordinal)).ToArray();
        if (hunks.Length > 1)
        {
            parts.RemoveAt(hunks[random.Next(hunks.Length)]);
        }

        return string.Concat(parts);
    }

    private static string DoubleHunk(string text, Random random)
    {
        var parts = Hunks(text);
        var hunks = Enumerable.Range(0, parts.Count).Where(at => parts[at].StartsWith("@@ -", StringComparison.Ordinal)).ToArray();
        if (hunks.Length > 0)
        {
            var at = hunks[random.Next(hunks.Length)];
            parts.Insert(at, parts[at]);
        }

        return string.Concat(parts);
    }

    private static string SwapHunks(string text, Random random)
    {
        var parts = Hunks(text);
        var hunks = Enumerable.Range(0, parts.Count - 1)
            .Where(at =>
                parts[at].StartsWith("@@ -", StringComparison.Ordinal) && parts[at + 1].StartsWith("@@ -", StringComparison.Ordinal))
                .ToArray();
        if (hunks.Length > 0)
        {
            var at = hunks[random.Next(hunks.Length)];
            (parts[at], parts[at + 1]) = (parts[at + 1], parts[at]);
        }

        return string.Concat(parts);
    }

    private static string Reverse(string text)
    {
        var result = new StringBuilder(text.Length);
        foreach (var line in text.Split('\n'))
        {
            result.Append(line switch
            {
                _ when line.StartsWith("--- ", StringComparison.Ordinal) || line.StartsWith("+++ ", StringComparison.Ordinal) => line,
                ['-', ..] => "+" + line[1..],
                ['+', ..] => "-" + line[1..],
                _ when Header().Match(line) is { Success: true } match =>
                    $"@@ -{match.Groups["new"].Value} +{match.Groups["old"].Value} @@{line[match.Length..]}",
                _ => line,
            }).Append('\n');
        }

        return result.ToString(0, result.Length - 1);
    }

    private static string Shift(string header, int by) => Header().Replace(header, match =>
        $"@@ -{Move(match.Groups["old"].Value, by)} +{Move(match.Groups["new"].Value, by)} @@");

    private static string Move(string range, int by)
    {
        var parts = range.Split(',');
        parts[0] = Math.Max(int.Parse(parts[0], CultureInfo.InvariantCulture) + by, 0).ToString(CultureInfo.InvariantCulture);
        return string.Join(',', parts);
    }

    private static string Recount(string header, Random random) => Header().Replace(header, match =>
    {
        var parts = match.Groups["old"].Value.Split(',');
        var count = parts.Length > 1 ? int.Parse(parts[1], CultureInfo.InvariantCulture) : 1;
        return string.Create(
            CultureInfo.InvariantCulture, $"@@ -{parts[0]},{Math.Max(count + random.Next(-2, 3), 0)} +{match.Groups["new"].Value} @@");
    });

    [GeneratedRegex(@"(?<=\n)(?=@@ -|diff --git )")]
    private static partial Regex Boundary();

    [GeneratedRegex(@"^@@ -(?<old>\d+(,\d+)?) \+(?<new>\d+(,\d+)?) @@")]
    private static partial Regex Header();
}
