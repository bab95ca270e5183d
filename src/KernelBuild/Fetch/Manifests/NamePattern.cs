using System.Text;
using System.Text.RegularExpressions;

namespace KernelBuild.Fetch.Manifests;

/// <summary>Patterns of file names as Python's glob and fnmatch read them: *, ?, [abc] and [!abc]; no name with a dot in front.</summary>
internal static class NamePattern
{
    public static bool IsOne(string path) => path.AsSpan().ContainsAny("*?[");

    public static bool Matches(string pattern, string name)
    {
        if (!IsOne(pattern))
        {
            return pattern == name;
        }

        return (name[0] != '.' || pattern[0] == '.')
            && Regex.IsMatch(
                name, Expression(pattern), RegexOptions.Singleline | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
    }

    private static string Expression(string pattern)
    {
        var text = new StringBuilder("\\A");
        for (var i = 0; i < pattern.Length; i++)
        {
            // a ']' that comes first is one of the characters
            var first = i + 1 < pattern.Length && pattern[i + 1] == '!' ? i + 2 : i + 1;
            var end = pattern[i] == '[' && first < pattern.Length ? pattern.IndexOf(']', first + 1) : -1;
            if (end > 0)
            {
                text.Append('[').Append(first > i + 1 ? "^" : "").Append(Set(pattern[first..end])).Append(']');
                i = end;
            }
            else
            {
                text.Append(pattern[i] switch { '*' => ".*", '?' => ".", var one => Regex.Escape(one.ToString()) });
            }
        }

        return text.Append("\\z").ToString();
    }

    private static string Set(string characters) => characters
        .Replace(@"\", @"\\", StringComparison.Ordinal)
        .Replace("[", @"\[", StringComparison.Ordinal)
        .Replace("]", @"\]", StringComparison.Ordinal)
        .Replace("^", @"\^", StringComparison.Ordinal);
}
