using System.Globalization;
using System.Text;
using KernelBuild.Cli.CommandLine;

namespace KernelBuild.Cli.Aosp;

/// <summary>
/// The command line of one of AOSP's tools, or of a verb of one, as Python's argparse reads it, which is what they use: <c>--option value</c>,
/// <c>--option=value</c>, unambiguous beginnings of long options, positional arguments in between, <c>--help</c>.
/// </summary>
/// <param name="Program">"mkbootimg", "avbtool verify_image".</param>
/// <param name="Description">What it does, in a sentence.</param>
/// <param name="Options">All of them; none is accepted and ignored.</param>
internal sealed record AospSyntax(string Program, string Description, IReadOnlyList<AospOption> Options)
{
    private const int HelpColumn = 24;
    private const int LineLength = 96;

    /// <summary>Names of the arguments without a dash, as usage shows them; empty when there are none.</summary>
    public string Positional { get; init; } = "";

    /// <summary>What follows the list of options in help.</summary>
    public string Epilogue { get; init; } = "";

    /// <summary>Reads a command line.</summary>
    /// <param name="arguments">Without the name of the tool and of its verb.</param>
    /// <param name="output">Gets the help, when it is asked for; the result is null then.</param>
    /// <exception cref="Diagnostics.DiagnosticException">KB9010.</exception>
    public AospArguments? Parse(string[] arguments, TextWriter output)
    {
        if (AsksForHelp(arguments))
        {
            output.Write(Help());
            return null;
        }

        return Parse(arguments);
    }

    /// <summary>Reads a command line that asks for no help.</summary>
    /// <exception cref="Diagnostics.DiagnosticException">KB9010.</exception>
    public AospArguments Parse(string[] arguments)
    {
        var parsed = new AospArguments();
        for (var i = 0; i < arguments.Length; i++)
        {
            var argument = arguments[i];
            if (argument == "--")
            {
                parsed.Positional.AddRange(arguments[(i + 1)..]);
                break;
            }

            if (!IsOption(argument))
            {
                parsed.Positional.Add(argument);
                continue;
            }

            var (option, given, value) = Find(argument);
            if (option.Value is null)
            {
                parsed.Add(option.Name, value is null ? "" : throw Wrong($"{given} takes no value, and '{value}' is given"));
                continue;
            }

            if (value is null && (i + 1 >= arguments.Length || (IsOption(arguments[i + 1]) && !arguments[i + 1].Contains(' ', StringComparison.Ordinal))))
            {
                throw CommandFrame.Usage($"{given} wants a value", "give one behind it; one that starts with a dash is written --option=value");
            }

            parsed.Add(option.Name, Checked(option, value ?? arguments[++i]));
        }

        Require(parsed);
        return parsed;
    }

    /// <summary>The text of <c>--help</c>.</summary>
    public string Help()
    {
        var text = new StringBuilder("usage: ");
        Wrap(text, string.Join(' ', new[] { $"{Program} [-h]" }.Concat(Options.Select(option => option.Usage)).Append(Positional)), 7);
        text.Append('\n').Append(Description).Append("\n\noptions:\n");
        Row(text, "-h, --help", "show this help message and exit");
        foreach (var option in Options)
        {
            var value = option.Choices.IsEmpty ? option.Value : "{" + string.Join(',', option.Choices) + "}";
            Row(
                text, string.Join(", ", option.Spellings.OrderBy(one => one.Length).Select(one => value is null ? one : $"{one} {value}")),
                option.Help);
        }

        return text.Append(Epilogue.Length > 0 ? "\n" + Epilogue : "").ToString();
    }

    private static bool AsksForHelp(string[] arguments) => arguments.TakeWhile(argument => argument != "--").Any(argument => argument is "-h" or "--help");

    /// <summary>A dash and more, which is no negative number, unless an option looks like one (-0).</summary>
    private bool IsOption(string argument) =>
        argument is ['-', var second, ..] && (!char.IsAsciiDigit(second) || Options.Any(option => option.Aliases.Contains(argument)));

    private (AospOption Option, string Given, string? Value) Find(string argument)
    {
        var isLong = argument.StartsWith("--", StringComparison.Ordinal);
        var split = isLong ? argument.IndexOf('=', StringComparison.Ordinal) : -1;
        var given = split < 0 ? argument : argument[..split];
        var value = split < 0 ? null : argument[(split + 1)..];
        if (Options.FirstOrDefault(option => option.Spellings.Contains(given)) is { } exact)
        {
            return (exact, given, value);
        }

        if (!isLong && Options.FirstOrDefault(option => option.Value is not null && option.Aliases.Contains(argument[..2])) is { } attached)
        {
            return (attached, argument[..2], argument[2..]);
        }

        var matches = Options.Where(option => isLong && option.Spellings.Any(one => one.StartsWith(given, StringComparison.Ordinal))).ToArray();
        return matches.Length == 1
            ? (matches[0], given, value)
            : throw Wrong(
                matches.Length == 0
                    ? $"there is no option {given}"
                    : $"{given} could be {string.Join(", ", matches.Select(option => "--" + option.Name))}");
    }

    private string Checked(AospOption option, string value) => option.Choices.IsEmpty || option.Choices.Contains(value)
        ? value
        : throw Wrong($"--{option.Name} takes one of {string.Join(", ", option.Choices)}, not '{value}'");

    private void Require(AospArguments parsed)
    {
        var missing = Options.Where(option => option.IsRequired && !parsed.Has(option.Name)).Select(option => "--" + option.Name).ToArray();
        if (missing.Length > 0)
        {
            throw Wrong($"{string.Join(", ", missing)} {(missing.Length == 1 ? "is" : "are")} required");
        }

        if (Positional.Length == 0 && parsed.Positional.Count > 0)
        {
            throw Wrong($"'{parsed.Positional[0]}' is no option, and nothing else is taken");
        }
    }

    private Diagnostics.DiagnosticException Wrong(string message) => CommandFrame.Usage(message, $"kernelbuild {Program} --help shows what it takes");

    private static void Row(StringBuilder text, string option, string help)
    {
        var line = string.Create(CultureInfo.InvariantCulture, $"  {option,-(HelpColumn - 3)} ");
        text.Append(line.Length > HelpColumn ? line.TrimEnd() + "\n" + new string(' ', HelpColumn) : line);
        Wrap(text, help, HelpColumn);
    }

    /// <summary>Words, as many a line as there is room for behind an indentation that the first line has already.</summary>
    private static void Wrap(StringBuilder text, string words, int indentation)
    {
        var column = indentation;
        foreach (var word in words.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (column > indentation && column + word.Length > LineLength)
            {
                text.Append('\n').Append(' ', indentation);
                column = indentation;
            }

            text.Append(column > indentation ? " " : "").Append(word);
            column += word.Length + 1;
        }

        text.Append('\n');
    }
}
