using System.Text;

namespace KernelBuild.Kconfig;

/// <summary>
/// The macros of Kconfig, since Linux 4.18: variables, functions of the user, and the built-in ones. Source:
/// Documentation/kbuild/kconfig-macro-language.rst.
/// </summary>
internal sealed class KconfigMacros(IKconfigShell shell)
{
    private const int Deepest = 64;
    private readonly Dictionary<string, (string Text, bool IsSimple)> _variables = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _answers = new(StringComparer.Ordinal);
    private string _file = "";
    private int _line;

    /// <summary>Where what follows is written, for $(filename) and $(lineno).</summary>
    public void At(string file, int line) => (_file, _line) = (file, line);

    /// <summary>NAME = …, NAME := …, NAME += ….</summary>
    public void Assign(string name, string sign, string text)
    {
        switch (sign)
        {
            case ":=":
                _variables[name] = (Expand(text), true);
                break;
            case "+=" when _variables.TryGetValue(name, out var known):
                _variables[name] = ($"{known.Text} {(known.IsSimple ? Expand(text) : text)}", known.IsSimple);
                break;
            default:
                _variables[name] = (text, false);
                break;
        }
    }

    /// <summary>A text with every $(…) replaced.</summary>
    public string Expand(string text) => Expand(text, [], 0);

    /// <summary>The index behind the bracket that closes the one at an index.</summary>
    public static int EndOf(string text, int open)
    {
        var depth = 0;
        for (var i = open; i < text.Length; i++)
        {
            depth += text[i] == '(' ? 1 : text[i] == ')' ? -1 : 0;
            if (depth == 0)
            {
                return i + 1;
            }
        }

        return text.Length;
    }

    private string Expand(string text, IReadOnlyList<string> arguments, int depth)
    {
        if (depth > Deepest || !text.Contains('$', StringComparison.Ordinal))
        {
            return text;
        }

        var expanded = new StringBuilder();
        for (var i = 0; i < text.Length;)
        {
            if (text[i] == '$' && i + 1 < text.Length && text[i + 1] == '(')
            {
                var end = EndOf(text, i + 1);
                expanded.Append(Evaluate(text[(i + 2)..(end - 1)], arguments, depth + 1));
                i = end;
            }
            else
            {
                expanded.Append(text[i++]);
            }
        }

        return expanded.ToString();
    }

    private string Evaluate(string inner, IReadOnlyList<string> arguments, int depth)
    {
        string[] parts = [.. Split(inner).Select(part => Expand(part, arguments, depth))];
        var name = parts[0].Trim();
        if (int.TryParse(name, out var number))
        {
            return number > 0 && number <= arguments.Count ? arguments[number - 1] : "";
        }

        switch (name)
        {
            case "shell":
                return Ask(string.Join(',', parts.Skip(1)));
            case "filename":
                return _file;
            case "lineno":
                return _line.ToString(System.Globalization.CultureInfo.InvariantCulture);
            case "info" or "warning-if" or "error-if":
                return "";
        }

        return _variables.TryGetValue(name, out var variable)
            ? variable.IsSimple ? variable.Text : Expand(variable.Text, parts[1..], depth + 1)
            : parts.Length == 1 ? shell.Variable(name) ?? "" : "";
    }

    private string Ask(string command)
    {
        if (!_answers.TryGetValue(command, out var answer))
        {
            _answers[command] = answer = shell.Run(command) ?? Unanswered;
        }

        return answer;
    }

    /// <summary>A word that no symbol has: an expression with it is not known.</summary>
    internal const string Unanswered = "?";

    private static List<string> Split(string text)
    {
        var (parts, depth, start) = (new List<string>(), 0, 0);
        for (var i = 0; i < text.Length; i++)
        {
            depth += text[i] == '(' ? 1 : text[i] == ')' ? -1 : 0;
            if (text[i] == ',' && depth == 0)
            {
                parts.Add(text[start..i]);
                start = i + 1;
            }
        }

        parts.Add(text[start..]);
        return parts;
    }
}
