namespace Nuke.Common.Parameters;

/// <summary>Finds the name that a mistyped word probably means.</summary>
internal static class Nearest
{
    /// <summary>The candidate with the fewest edits from the word; null if all need too many.</summary>
    public static string? To(string word, IEnumerable<string> candidates)
    {
        var limit = Math.Max(2, word.Length / 3);
        return candidates
            .Select(name => (Name: name, Edits: name.StartsWith(word, StringComparison.OrdinalIgnoreCase) ? 1 : Distance(word, name)))
            .Where(candidate => candidate.Edits <= limit)
            .OrderBy(candidate => candidate.Edits)
            .FirstOrDefault().Name;
    }

    /// <summary>The Levenshtein distance, ignoring case: insertions, deletions and replacements of one character.</summary>
    public static int Distance(string a, string b)
    {
        var previous = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var current = new int[b.Length + 1];
            current[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var replacement = char.ToUpperInvariant(a[i - 1]) == char.ToUpperInvariant(b[j - 1]) ? 0 : 1;
                current[j] = Math.Min(Math.Min(current[j - 1], previous[j]) + 1, previous[j - 1] + replacement);
            }

            previous = current;
        }

        return previous[b.Length];
    }
}
