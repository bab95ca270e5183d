namespace KernelBuild.Kconfig;

/// <summary>A word, a text between quotes, or an operator of a line.</summary>
/// <param name="Text">Without quotes; macros expanded.</param>
/// <param name="IsQuoted">Whether it stood between quotes.</param>
/// <param name="IsOperator">Whether it is an operator or a bracket.</param>
internal readonly record struct KconfigToken(string Text, bool IsQuoted, bool IsOperator)
{
    private static readonly string[] _operators = ["&&", "||", "!=", "<=", ">=", "=", "<", ">", "!", "(", ")"];

    /// <summary>The tokens of a line; a comment ends it.</summary>
    public static List<KconfigToken> Read(string line, KconfigMacros macros)
    {
        var tokens = new List<KconfigToken>();
        for (var i = 0; i < line.Length;)
        {
            var c = line[i];
            if (char.IsWhiteSpace(c))
            {
                i++;
            }
            else if (c == '#')
            {
                break;
            }
            else if (c is '"' or '\'')
            {
                tokens.Add(new KconfigToken(Quoted(line, ref i, macros), true, false));
            }
            else if (Array.Find(_operators, one => string.CompareOrdinal(line, i, one, 0, one.Length) == 0) is { } sign)
            {
                tokens.Add(new KconfigToken(sign, false, true));
                i += sign.Length;
            }
            else
            {
                tokens.Add(new KconfigToken(Word(line, ref i, macros), false, false));
            }
        }

        return tokens;
    }

    private static string Quoted(string line, ref int i, KconfigMacros macros)
    {
        var (quote, text) = (line[i++], new System.Text.StringBuilder());
        while (i < line.Length && line[i] != quote)
        {
            if (line[i] == '\\' && i + 1 < line.Length)
            {
                text.Append(line[i + 1]);
                i += 2;
            }
            else if (line[i] == '$' && i + 1 < line.Length && line[i + 1] == '(')
            {
                var end = KconfigMacros.EndOf(line, i + 1);
                text.Append(macros.Expand(line[i..end]));
                i = end;
            }
            else
            {
                text.Append(line[i++]);
            }
        }

        i++;
        return text.ToString();
    }

    private static string Word(string line, ref int i, KconfigMacros macros)
    {
        var text = new System.Text.StringBuilder();
        while (i < line.Length && !char.IsWhiteSpace(line[i]) && "#\"'&|!=<>()".IndexOf(line[i], StringComparison.Ordinal) < 0)
        {
            if (line[i] == '$' && i + 1 < line.Length && line[i + 1] == '(')
            {
                var end = KconfigMacros.EndOf(line, i + 1);
                text.Append(macros.Expand(line[i..end]));
                i = end;
            }
            else
            {
                text.Append(line[i++]);
            }
        }

        // a character that begins nothing must not be looked at for ever
        if (text.Length == 0 && i < line.Length && line[i] is '&' or '|')
        {
            text.Append(line[i++]);
        }

        return text.ToString();
    }
}
