using System.Text;
using System.Text.RegularExpressions;

namespace KernelBuild.Patches.Mending;

/// <summary>Lines of a patch or a file as texts in which each character is a byte, so that no byte is lost whatever their encoding.</summary>
internal static partial class MendLines
{
    public const string Signature = "-- \n";

    /// <summary>Each with its line break; the last may have none.</summary>
    public static List<string> Split(ReadOnlySpan<byte> bytes)
    {
        var text = Encoding.Latin1.GetString(bytes);
        var lines = new List<string>();
        for (var start = 0; start < text.Length;)
        {
            var end = text.IndexOf('\n', start);
            end = end < 0 ? text.Length : end + 1;
            lines.Add(text[start..end]);
            start = end;
        }

        return lines;
    }

    public static byte[] Join(IEnumerable<string> lines) => Encoding.Latin1.GetBytes(string.Concat(lines));

    public static bool IsMarked(string line) => line[0] is ' ' or '-' or '+' or '\\' or '\n';

    /// <summary>A line of a hunk that is taken back: what it adds goes, what it removes comes.</summary>
    public static string Reversed(string line) => line[0] switch { '+' => "-" + line[1..], '-' => "+" + line[1..], _ => line };

    /// <summary>The header of a hunk that is taken back; one that cannot be read stays as it is.</summary>
    public static string ReversedRanges(string header) => Ranges().Replace(header, "@@ -$2 +$1 @@");

    public static bool IsBlank(string line) => string.IsNullOrWhiteSpace(line);

    /// <summary>A line of a hunk as the file has it: without its mark, and without its line break where "\ No newline" follows.</summary>
    public static string Content(IReadOnlyList<string> hunk, int at)
    {
        var content = hunk[at][0] == '\n' ? hunk[at] : hunk[at][1..];
        return at + 1 < hunk.Count && hunk[at + 1][0] == '\\' ? content.TrimEnd('\n') : content;
    }

    [GeneratedRegex(@"^@@ -(\S+) \+(\S+) @@")]
    private static partial Regex Ranges();
}
