using System.Text;

namespace KernelBuild.Patches.Mail;

/// <summary>
/// Takes name and address out of a From field, as git mailinfo does: "Name &lt;a@b&gt;", "a@b (Name)", or an address alone.
/// </summary>
internal static class MailAddress
{
    private const int LongestName = 60;

    public static (string Name, string Email) Parse(string field)
    {
        var text = Unquote(field);
        var at = text.IndexOf('@', StringComparison.Ordinal);
        if (at < 0)
        {
            return WithoutAt(text);
        }

        var start = at;
        while (start > 0 && !char.IsWhiteSpace(text[start - 1]) && text[start - 1] != '<')
        {
            start--;
        }

        var end = at;
        while (end < text.Length && !char.IsWhiteSpace(text[end]) && text[end] != '>')
        {
            end++;
        }

        var email = text[start..end];
        var before = start > 0 && text[start - 1] == '<' ? text[..(start - 1)] : text[..start];
        var rest = MailHeader.CollapseBlanks(before + " " + text[Math.Min(end + 1, text.Length)..]);
        if (rest.Length > 1 && rest[0] == '(' && rest[^1] == ')')
        {
            rest = MailHeader.Trim(rest[1..^1]);
        }

        return (Sane(rest, email), email);
    }

    private static (string Name, string Email) WithoutAt(string text)
    {
        var open = text.IndexOf('<', StringComparison.Ordinal);
        var close = text.IndexOf('>', Math.Max(open, 0));
        if (open < 0 || close < 0)
        {
            return ("", "");
        }

        var email = text[(open + 1)..close];
        return (Sane(MailHeader.CollapseBlanks(text[..open]), email), email);
    }

    /// <summary>A name that is too long or an address is none.</summary>
    private static string Sane(string name, string email) =>
        Encoding.UTF8.GetByteCount(name) is 0 or > LongestName || name.IndexOfAny(['@', '<', '>']) >= 0 ? email : name;

    /// <summary>Takes quotation marks away, and backslashes before a mark (RFC 5322 quoted-pair).</summary>
    private static string Unquote(string text)
    {
        if (text.IndexOfAny(['"', '\\', '(']) < 0)
        {
            return text;
        }

        var result = new StringBuilder();
        var inQuotes = false;
        var depth = 0;
        for (var at = 0; at < text.Length; at++)
        {
            var letter = text[at];
            if (letter == '\\' && (inQuotes || depth > 0) && at + 1 < text.Length)
            {
                result.Append(text[++at]);
                continue;
            }

            if (letter == '"' && depth == 0)
            {
                inQuotes = !inQuotes;
                continue;
            }

            depth += inQuotes ? 0 : letter == '(' ? 1 : letter == ')' && depth > 0 ? -1 : 0;
            result.Append(letter);
        }

        return result.ToString();
    }
}
