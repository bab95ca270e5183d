using System.Text;
using System.Text.RegularExpressions;

namespace KernelBuild.Iommu.Capturing;

/// <summary>
/// Text as people have it: in UTF-16 or with a byte order mark, with a terminal's colours, quoted in a mail, with the log's timestamps,
/// with no-break spaces instead of spaces.
/// </summary>
internal static partial class PastedText
{
    private const string Escape = @"\e\[[0-9;?]*[ -/]*[@-~]|\e\][^\a\e]*(?:\a|\e\\)|\e[()][0-9A-B]|\e[=>]";

    /// <summary>The bytes in UTF-8, when they are UTF-16 with or without its mark, as PowerShell writes; else as they are.</summary>
    public static ReadOnlyMemory<byte> ToUtf8(ReadOnlyMemory<byte> bytes)
    {
        var span = bytes.Span;
        if (span is [0xef, 0xbb, 0xbf, ..])
        {
            return bytes[3..];
        }

        Encoding? encoding = span switch
        {
            [0xff, 0xfe, ..] => Encoding.Unicode,
            [0xfe, 0xff, ..] => Encoding.BigEndianUnicode,
            [> 0, 0, > 0, 0, ..] => Encoding.Unicode,
            [0, > 0, 0, > 0, ..] => Encoding.BigEndianUnicode,
            _ => null,
        };
        return encoding is null ? bytes : Encoding.UTF8.GetBytes(encoding.GetString(span).TrimStart('\ufeff'));
    }

    /// <summary>
    /// The lines, without what was put before and into them; spaces at the end are kept, since wrapped lines end with one.
    /// </summary>
    public static string[] Lines(ReadOnlySpan<byte> utf8)
    {
        var text = Typed(Encoding.UTF8.GetString(utf8).TrimStart('\ufeff'));
        if (text.Contains('\e', StringComparison.Ordinal))
        {
            text = EscapePattern().Replace(text, "");
        }

        var lines = text.Replace('\u00a0', ' ').Replace('\u202f', ' ').Replace('\uff0b', '+').Replace("\u200b", "", StringComparison.Ordinal).Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            var line = QuotePattern().Replace(lines[i].TrimEnd('\r'), "");
            lines[i] = TimePattern().Replace(line, "");
        }

        return lines;
    }

    /// <summary>
    /// What stood on the screen in the end: a pager writes its prompt, goes back to the margin and writes the next line over it. Carriage returns
    /// without line feeds are line ends.
    /// </summary>
    private static string Typed(string text)
    {
        if (text.AsSpan().Count("\\n") is > 4 and var escapes && escapes > 4 * text.AsSpan().Count('\n'))
        {
            // a string of JSON or of a shell: its line ends are written out
            text = text.Replace("\\r", "", StringComparison.Ordinal).Replace("\\n", "\n", StringComparison.Ordinal)
                .Replace("\\t", "\t", StringComparison.Ordinal).Replace("\\\"", "\"", StringComparison.Ordinal);
        }

        var returns = text.AsSpan().Count('\r');
        if (returns > 4 * text.AsSpan().Count('\n'))
        {
            return text.Replace('\r', '\n');
        }

        return returns == 0 && !text.Contains('\b', StringComparison.Ordinal) ? text
            : string.Join('\n', text.Split('\n').Select(line => Screen(line.TrimEnd('\r'))));
    }

    /// <summary>A line after what was written over: ECMA-48's CR, BS and EL, all that pagers and shells use.</summary>
    private static string Screen(string line)
    {
        if (line.AsSpan().IndexOfAny('\r', '\b') < 0)
        {
            return line;
        }

        var screen = new StringBuilder(line.Length);
        var column = 0;
        for (var i = 0; i < line.Length; i++)
        {
            switch (line[i])
            {
                case '\r':
                    column = 0;
                    break;
                case '\b':
                    column = Math.Max(0, column - 1);
                    break;
                case '\e' when EscapeHerePattern().Match(line, i) is { Success: true } escape:
                    if (escape.ValueSpan is "\e[K" or "\e[0K")
                    {
                        screen.Length = column;
                    }
                    else if (escape.ValueSpan is "\e[2K")
                    {
                        screen.Clear().Append(' ', column);
                    }

                    i += escape.Length - 1;
                    break;
                default:
                    if (column < screen.Length)
                    {
                        screen[column] = line[i];
                    }
                    else
                    {
                        screen.Append(line[i]);
                    }

                    column++;
                    break;
            }
        }

        return screen.ToString();
    }

    /// <summary>CSI and OSC sequences of ECMA-48.</summary>
    [GeneratedRegex(Escape)]
    private static partial Regex EscapePattern();

    /// <summary>The same at one place: looking for the next from each would take the square of a line of them.</summary>
    [GeneratedRegex(@"\G(?:" + Escape + ")")]
    private static partial Regex EscapeHerePattern();

    [GeneratedRegex(@"^(?:[ \t]{0,3}>[ ]?)+")]
    private static partial Regex QuotePattern();

    /// <summary>
    /// Of dmesg, journalctl, ts and loggers: "[    1.234567] ", "2026-01-31T10:00:00.123+0000 ", "Jan 31 10:00:00 board kernel: ".
    /// </summary>
    [GeneratedRegex(
        @"^(?:<\d+>)?(?:\[[ \d]*\d\.\d+\](?:\[[^\]]*\])?[ ]?"
        + @"|\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[\d.,:+Z-]*\]?[ ]?"
        + @"|\[?\d\d:\d\d:\d\d(?:[.,]\d+)?\]?[ ]"
        + @"|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d[ ]?)(?:\S+ (?:kernel|[\w.-]+\[\d+\]): )?")]
    private static partial Regex TimePattern();
}
