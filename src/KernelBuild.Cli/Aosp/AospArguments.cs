using KernelBuild.Cli.CommandLine;

namespace KernelBuild.Cli.Aosp;

/// <summary>What <see cref="AospSyntax"/> has read of a command line.</summary>
internal sealed class AospArguments
{
    /// <summary>Options in the order of the command line; flags have an empty value.</summary>
    public List<(string Name, string Value)> Ordered { get; } = [];

    public List<string> Positional { get; } = [];

    /// <summary>Of each option in <see cref="Ordered"/>, how many positional arguments stand in front of it.</summary>
    public List<int> PositionalBefore { get; } = [];

    /// <summary>Adds an option in the place where the command line has it.</summary>
    public void Add(string name, string value)
    {
        Ordered.Add((name, value));
        PositionalBefore.Add(Positional.Count);
    }

    /// <summary>The last value of an option; null when it is not there.</summary>
    public string? Text(string name)
    {
        var at = Ordered.FindLastIndex(option => option.Name == name);
        return at < 0 ? null : Ordered[at].Value;
    }

    public bool Has(string name) => Text(name) is not null;

    public IEnumerable<string> All(string name) => Ordered.Where(option => option.Name == name).Select(option => option.Value);

    /// <exception cref="Diagnostics.DiagnosticException">KB9010: it is not there.</exception>
    public string Required(string name) => Text(name) ?? throw CommandFrame.Usage($"--{name} is required", "give it");

    /// <exception cref="Diagnostics.DiagnosticException">KB9010: no number.</exception>
    public ulong Number(string name, ulong otherwise, ulong most = ulong.MaxValue) =>
        Text(name) is { } text ? Parse(name, text, most) : otherwise;

    public uint Word(string name, uint otherwise) => (uint)Number(name, otherwise, uint.MaxValue);

    /// <summary>A number that may be negative; what it is added to need not become so.</summary>
    /// <exception cref="Diagnostics.DiagnosticException">KB9010: no number.</exception>
    public Int128 Signed(string name, Int128 otherwise) => Text(name) is not { } text ? otherwise
        : TryParse(text, out var value) ? value
        : throw NoNumber(name, text, ulong.MaxValue);

    /// <summary>A number as Python's int(x, 0) takes it: decimal without zeros in front, 0x, 0o or 0b, underscores between digits, a sign.</summary>
    /// <exception cref="Diagnostics.DiagnosticException">KB9010: no number.</exception>
    public static ulong Parse(string name, string text, ulong most = ulong.MaxValue) =>
        TryParse(text, out var value) && value >= 0 && value <= most ? (ulong)value : throw NoNumber(name, text, most);

    private static Diagnostics.DiagnosticException NoNumber(string name, string text, ulong most) => CommandFrame.Usage(
        $"--{name}: '{text}' is no number{(most == ulong.MaxValue ? "" : $" up to {most}")}", "write it in decimal or with 0x");

    private static bool TryParse(string text, out Int128 value)
    {
        const int mostDigits = 64;
        value = 0;
        var number = text.AsSpan().Trim();
        var isNegative = number is ['-', ..];
        number = number is ['+' or '-', ..] ? number[1..] : number;
        var radix = number is not ['0', var prefix, ..] ? 10 : prefix switch { 'x' or 'X' => 16, 'o' or 'O' => 8, 'b' or 'B' => 2, _ => 10 };
        var digits = radix == 10 ? number : number[2..];
        digits = radix != 10 && digits is ['_', ..] ? digits[1..] : digits;
        if (digits.IsEmpty || digits.Length > mostDigits || digits[^1] == '_')
        {
            return false;
        }

        var wasUnderscore = true;
        foreach (var c in digits)
        {
            var digit = char.IsAsciiHexDigit(c) ? Convert.ToInt32(c.ToString(), 16) : -1;
            if (c == '_' ? wasUnderscore : digit < 0 || digit >= radix)
            {
                return false;
            }

            wasUnderscore = c == '_';
            value = wasUnderscore ? value : (value * radix) + digit;
            if (value > ulong.MaxValue)
            {
                return false;
            }
        }

        // 010 was octal once, and is refused so that nobody takes it for ten
        var isOldOctal = radix == 10 && digits.Length > 1 && digits[0] == '0' && value != 0;
        value = isNegative ? -value : value;
        return !isOldOctal;
    }

    /// <summary>Words as a shell divides them: blanks between them, quotes around what is one. Source: Python, shlex.split.</summary>
    /// <exception cref="Diagnostics.DiagnosticException">KB9010: a quote is not closed.</exception>
    public static string[] Split(string text)
    {
        var words = new List<string>();
        System.Text.StringBuilder? word = null;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c is '\'' or '"')
            {
                word ??= new();
                for (i++; i < text.Length && text[i] != c; i++)
                {
                    // inside of double quotes a backslash protects itself and the quote, and stands for itself in front of all else
                    i += c == '"' && text[i] == '\\' && i + 1 < text.Length && text[i + 1] is '"' or '\\' ? 1 : 0;
                    word.Append(text[i]);
                }

                if (i >= text.Length)
                {
                    throw CommandFrame.Usage($"a quote is not closed in: {text}", "close it");
                }
            }
            else if (char.IsWhiteSpace(c))
            {
                if (word is not null)
                {
                    words.Add(word.ToString());
                    word = null;
                }
            }
            else
            {
                word ??= new();
                word.Append(c == '\\' && i + 1 < text.Length ? text[++i] : c);
            }
        }

        return [.. words, .. word is null ? [] : new[] { word.ToString() }];
    }
}
