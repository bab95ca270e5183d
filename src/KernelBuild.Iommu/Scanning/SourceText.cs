using System.Text;

namespace KernelBuild.Iommu.Scanning;

/// <summary>A C source without its comments, in which places keep their lines.</summary>
internal sealed class SourceText
{
    private readonly string _file;
    private readonly List<int> _lines = [0];

    public SourceText(string file, ReadOnlySpan<byte> bytes)
    {
        _file = file;
        Text = WithoutComments(Encoding.Latin1.GetString(bytes));
        for (var at = Text.IndexOf('\n', StringComparison.Ordinal); at >= 0; at = Text.IndexOf('\n', at + 1))
        {
            _lines.Add(at + 1);
        }
    }

    public string Text { get; }

    public SourcePlace PlaceOf(int offset)
    {
        var index = _lines.BinarySearch(offset);
        return new SourcePlace(_file, index >= 0 ? index + 1 : ~index);
    }

    /// <summary>Where the block that begins at or after an offset ends: behind its brace; the end of the text when it never does.</summary>
    public int EndOfBlock(int offset)
    {
        var depth = 0;
        for (var at = Text.IndexOf('{', offset) is var open && open < 0 ? Text.Length : open; at < Text.Length; at++)
        {
            if (Text[at] == '{')
            {
                depth++;
            }
            else if (Text[at] == '}' && --depth == 0)
            {
                return at + 1;
            }
        }

        return Text.Length;
    }

    /// <summary>The function around an offset, by the kernel's style: its body begins with a brace in the first column.</summary>
    public string FunctionAround(int offset)
    {
        var open = Text.LastIndexOf("\n{", offset, StringComparison.Ordinal);
        var parenthesis = open < 0 ? -1 : OpeningOf(open);
        if (parenthesis < 0)
        {
            return "";
        }

        var end = parenthesis;
        while (end > 0 && char.IsWhiteSpace(Text[end - 1]))
        {
            end--;
        }

        var start = end;
        while (start > 0 && (char.IsAsciiLetterOrDigit(Text[start - 1]) || Text[start - 1] == '_'))
        {
            start--;
        }

        return Text[start..end];
    }

    /// <summary>The parenthesis that opens the parameters before a function's body.</summary>
    private int OpeningOf(int body)
    {
        var depth = 0;
        for (var at = body; at > 0 && Text[at] is not (';' or '}'); at--)
        {
            if (Text[at] == ')')
            {
                depth++;
            }
            else if (Text[at] == '(' && --depth == 0)
            {
                return at;
            }
        }

        return -1;
    }

    /// <summary>Blanks in place of comments, so that every offset stays.</summary>
    private static string WithoutComments(string text)
    {
        if (!text.Contains("/*", StringComparison.Ordinal) && !text.Contains("//", StringComparison.Ordinal))
        {
            return text;
        }

        var result = text.ToCharArray();
        for (var at = 0; at < result.Length; at++)
        {
            if (result[at] is '"' or '\'')
            {
                var quote = result[at];
                for (at++; at < result.Length && result[at] != quote && result[at] != '\n'; at++)
                {
                    at += result[at] == '\\' ? 1 : 0;
                }
            }
            else if (result[at] == '/' && at + 1 < result.Length && result[at + 1] is '/' or '*')
            {
                var end = result[at + 1] == '/'
                    ? text.IndexOf('\n', at)
                    : text.IndexOf("*/", at + 2, StringComparison.Ordinal) is >= 0 and var star ? star + 2 : -1;
                end = end < 0 ? text.Length : end;
                for (; at < end; at++)
                {
                    result[at] = result[at] == '\n' ? '\n' : ' ';
                }

                at--;
            }
        }

        return new string(result);
    }
}
