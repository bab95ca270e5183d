namespace Nuke.Common.Parameters;

/// <summary>Finds what somebody may have meant.</summary>
internal static class Nearest
{
    /// <summary>The candidate with the fewest edits from the word; null when none is near enough to be a likely slip.</summary>
    public static string? To(string word, IEnumerable<string> candidates)
    {
        string? best = null;
        var limit = Math.Max(2, word.Length / 3) + 1;
        foreach (var candidate in candidates)
        {
            var distance = candidate.StartsWith(word, StringComparison.OrdinalIgnoreCase) ? 1 : Distance(word, candidate);
            if (distance < limit)
            {
                best = candidate;
                limit = distance;
            }
        }

        return best;
    }

    /// <summary>Levenshtein's distance, ignoring case: insertions, deletions and replacements of one character.</summary>
    public static int Distance(string a, string b)
    {
        var previous = new int[b.Length + 1];
        var current = new int[b.Length + 1];
        for (var j = 0; j <= b.Length; j++)
        {
            previous[j] = j;
        }

        for (var i = 1; i <= a.Length; i++)
        {
            current[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var replacement = char.ToUpperInvariant(a[i - 1]) == char.ToUpperInvariant(b[j - 1]) ? 0 : 1;
                current[j] = Math.Min(Math.Min(current[j - 1], previous[j]) + 1, previous[j - 1] + replacement);
            }

            (previous, current) = (current, previous);
        }

        return previous[b.Length];
    }
}
