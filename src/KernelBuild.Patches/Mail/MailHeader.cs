using System.Text;
using KernelBuild.Patches.Diffs;

namespace KernelBuild.Patches.Mail;

/// <summary>Finds header fields as git mailinfo does, folded lines joined; their values are bytes still.</summary>
internal static class MailHeader
{
    /// <summary>Reads the fields at the current line; stops at the first line that is none.</summary>
    /// <param name="onField">Name and value, the value still encoded.</param>
    public static void Read(TextLines lines, Action<string, string> onField)
    {
        while (lines.Left > 0 && IsField(lines.Current.TrimEnd(" \t\r\n"u8)))
        {
            var text = new StringBuilder(Raw(lines.Current));
            lines.Advance();
            while (lines.Left > 0 && lines.Current[0] is (byte)' ' or (byte)'\t')
            {
                text.Append(' ').Append(Raw(lines.Current[1..]));
                lines.Advance();
            }

            var field = text.ToString();
            var colon = field.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0 && !field.StartsWith("From ", StringComparison.Ordinal) && !field.StartsWith(">From ", StringComparison.Ordinal))
            {
                onField(field[..colon], Trim(field[(colon + 1)..]));
            }
        }
    }

    /// <summary>Each byte as one character, to be decoded once the character set is known.</summary>
    public static string Raw(ReadOnlySpan<byte> line) => Encoding.Latin1.GetString(line.TrimEnd(" \t\r\n"u8));

    /// <summary>
    /// Takes git's blanks off both ends. What .NET counts as blank beside them is text: a no-break space, and in <see cref="Raw"/> the last
    /// byte of "à" and "Å" in UTF-8.
    /// </summary>
    public static string Trim(string text) => text.Trim(' ', '\t', '\r', '\n');

    /// <summary>Blanks in a row become one. A no-break space is none, to git.</summary>
    public static string CollapseBlanks(string text)
    {
        var result = new StringBuilder(text.Length);
        foreach (var letter in text)
        {
            if (letter is not (' ' or '\t' or '\r' or '\n'))
            {
                result.Append(letter);
            }
            else if (result.Length == 0 || result[^1] != ' ')
            {
                result.Append(' ');
            }
        }

        return Trim(result.ToString());
    }

    /// <summary>Whether a line, without blanks at its end, begins a field.</summary>
    public static bool IsField(ReadOnlySpan<byte> line)
    {
        if (line.StartsWith("From "u8) || line.StartsWith(">From "u8))
        {
            return true;
        }

        var end = line.IndexOfAnyExceptInRange((byte)33, (byte)126);
        var colon = line.IndexOf((byte)':');
        return colon >= 0 && (end < 0 || colon < end);
    }
}
