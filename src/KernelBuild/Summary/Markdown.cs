using System.Globalization;
using System.Net;
using System.Text;

namespace KernelBuild.Summary;

/// <summary>Text of files and tools as Markdown that shows it as it is: no table, tag, link or mention comes from it.</summary>
internal static class Markdown
{
    public static string Text(string text)
    {
        var safe = new StringBuilder();
        foreach (var letter in WebUtility.HtmlEncode(text.ReplaceLineEndings(" ")))
        {
            // GitHub's own additions count too: @name, #1, www. and https:// become links
            safe.Append(char.IsControl(letter) ? "\ufffd"
                : "\\`*_{}[]()|~@!".Contains(letter, StringComparison.Ordinal)
                    ? string.Create(CultureInfo.InvariantCulture, $"&#{(int)letter};")
                    : letter.ToString());
        }

        return safe.Replace("://", "&#58;//").Replace("www.", "www&#46;").ToString();
    }

    /// <summary>Text in the type of a terminal.</summary>
    public static string Code(string text) => $"<code>{Text(text)}</code>";

    /// <summary>A table; its cells are Markdown already.</summary>
    public static string Table(IReadOnlyList<string> head, IEnumerable<IReadOnlyList<string>> rows)
    {
        var text = new StringBuilder();
        Row(text, head);
        Row(text, [.. head.Select(_ => "---")]);
        foreach (var row in rows)
        {
            Row(text, row);
        }

        return text.Append('\n').ToString();
    }

    private static void Row(StringBuilder text, IReadOnlyList<string> cells) =>
        text.Append("| ").AppendJoin(" | ", cells).Append(" |\n");
}
