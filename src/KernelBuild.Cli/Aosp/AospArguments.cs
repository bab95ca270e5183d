using System.Globalization;
using KernelBuild.Cli.CommandLine;

namespace KernelBuild.Cli.Aosp;

/// <summary>
/// A command line as Python's argparse reads it, which is what AOSP's tools use: <c>--option value</c>, <c>--option=value</c>, unambiguous
/// beginnings of long options, positional arguments in between.
/// </summary>
internal sealed class AospArguments
{
    private AospArguments()
    {
    }

    /// <summary>Options in the order of the command line; flags have an empty value.</summary>
    public List<(string Name, string Value)> Ordered { get; } = [];

    public List<string> Positional { get; } = [];

    /// <param name="arguments">Without the name of the tool.</param>
    /// <param name="valued">Names of options with a value, without dashes.</param>
    /// <param name="flags">Names of options without one.</param>
    /// <param name="aliases">Short options and other spellings, with dashes.</param>
    /// <exception cref="Diagnostics.DiagnosticException">KB9010.</exception>
    public static AospArguments Parse(string[] arguments, string[] valued, string[] flags, Dictionary<string, string>? aliases = null)
    {
        var parsed = new AospArguments();
        for (var i = 0; i < arguments.Length; i++)
        {
            var argument = arguments[i];
            if (argument.Length < 2 || argument[0] != '-' || (argument.Length > 1 && char.IsAsciiDigit(argument[1])))
            {
                parsed.Positional.Add(argument);
                continue;
            }

            var split = argument.StartsWith("--", StringComparison.Ordinal) ? argument.IndexOf('=', StringComparison.Ordinal) : -1;
            var given = split < 0 ? argument : argument[..split];
            var name = aliases?.GetValueOrDefault(given) ?? Resolve(given, valued, flags);
            if (flags.Contains(name))
            {
                parsed.Ordered.Add((name, ""));
            }
            else if (split >= 0)
            {
                parsed.Ordered.Add((name, argument[(split + 1)..]));
            }
            else if (i + 1 < arguments.Length)
            {
                parsed.Ordered.Add((name, arguments[++i]));
            }
            else
            {
                throw CommandFrame.Usage($"{given} wants a value", "give one behind it");
            }
        }

        return parsed;
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

    /// <summary>A number as Python's int(x, 0) takes it: decimal, 0x, 0o or 0b, underscores allowed.</summary>
    /// <exception cref="Diagnostics.DiagnosticException">KB9010: no number.</exception>
    public static ulong Parse(string name, string text, ulong most = ulong.MaxValue)
    {
        var plain = text.Trim().Replace("_", "", StringComparison.Ordinal);
        var isBinary = plain.StartsWith("0b", StringComparison.OrdinalIgnoreCase)
            && ulong.TryParse(plain.AsSpan(2), NumberStyles.AllowBinarySpecifier, CultureInfo.InvariantCulture, out _);
        var value = isBinary ? ulong.Parse(plain.AsSpan(2), NumberStyles.AllowBinarySpecifier, CultureInfo.InvariantCulture) : 0;
        return (isBinary || Numbers.TryParse(plain, out value)) && value <= most
            ? value
            : throw CommandFrame.Usage(
                $"--{name}: '{text}' is no number{(most == ulong.MaxValue ? "" : $" up to {most}")}", "write it in decimal or with 0x");
    }

    private static string Resolve(string given, string[] valued, string[] flags)
    {
        var name = given.TrimStart('-');
        string[] names = [.. valued, .. flags];
        if (names.Contains(name))
        {
            return name;
        }

        var matches = names.Where(n => n.StartsWith(name, StringComparison.Ordinal)).ToArray();
        return matches.Length == 1 && given.StartsWith("--", StringComparison.Ordinal)
            ? matches[0]
            : throw CommandFrame.Usage(
                matches.Length == 0
                    ? $"there is no option {given}"
                    : $"{given} could be {string.Join(", ", matches.Select(m => "--" + m))}",
                "see the tool's own documentation");
    }
}
