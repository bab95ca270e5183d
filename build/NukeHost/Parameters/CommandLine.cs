using System.Globalization;

namespace Nuke.Common.Parameters;

/// <summary>The arguments, sorted into targets and options.</summary>
/// <param name="Targets">Names before the first option, as they were written.</param>
/// <param name="Options">The last occurrence of each option.</param>
internal sealed record CommandLine(IReadOnlyList<string> Targets, IReadOnlyDictionary<Parameter, RawValue> Options)
{
    /// <summary>Targets come first; an option takes all that follows up to the next option.</summary>
    /// <param name="arguments">What follows the program's name.</param>
    /// <param name="parameters">All that can be set.</param>
    /// <param name="targetNames">To recognise a target that stands behind an option.</param>
    /// <exception cref="UsageException">Something in it has no meaning.</exception>
    public static CommandLine Parse(IReadOnlyList<string> arguments, IReadOnlyList<Parameter> parameters, IReadOnlyList<string> targetNames)
    {
        var first = 0;
        while (first < arguments.Count && !IsOption(arguments[first]))
        {
            first++;
        }

        var targets = arguments.Take(first).SelectMany(argument => argument.Split('+', StringSplitOptions.RemoveEmptyEntries)).ToList();
        var options = new Dictionary<Parameter, RawValue>();
        var errors = new List<UsageError>();
        for (var i = first; i < arguments.Count;)
        {
            var option = arguments[i++];
            var values = new List<string>();
            while (i < arguments.Count && !IsOption(arguments[i]))
            {
                values.Add(arguments[i++]);
            }

            if (Find(option, parameters, out var error) is not { } parameter)
            {
                errors.Add(error!);
            }
            else if (Check(parameter, option, values, targets, targetNames) is { } misuse)
            {
                errors.Add(misuse);
            }
            else
            {
                options[parameter] = new RawValue(parameter.IsSwitch && values.Count == 0 ? ["true"] : values, option);
            }
        }

        return errors.Count == 0 ? new CommandLine(targets, options) : throw new UsageException(errors);
    }

    /// <summary>A dash and then anything but a number, which may be the value of an option.</summary>
    private static bool IsOption(string argument) =>
        argument.StartsWith('-') && !double.TryParse(argument, NumberStyles.Float, CultureInfo.InvariantCulture, out _);

    private static Parameter? Find(string option, IReadOnlyList<Parameter> parameters, out UsageError? error)
    {
        error = null;
        var equals = option.IndexOf('=', StringComparison.Ordinal);
        var written = equals < 0 ? option : option[..equals];
        var parameter = parameters.FirstOrDefault(parameter => parameter.IsNamed(written));
        if (parameter is null)
        {
            var nearest = Nearest.To(written.TrimStart('-'), parameters.Select(candidate => candidate.OptionName));
            error = new UsageError(
                $"unknown option {written}",
                nearest is null ? "see --help for the options there are" : $"did you mean --{nearest}? --help lists all options");
        }
        else if (equals >= 0)
        {
            // NUKE ignores --name=value without a word: a command line that works here must not mean something else there.
            error = new UsageError(
                $"'{option}': a space stands between an option and its value, not '='",
                $"write --{parameter.OptionName} {option[(equals + 1)..]}");
        }

        return error is null ? parameter : null;
    }

    private static UsageError? Check(
        Parameter parameter, string option, List<string> values, List<string> targets, IReadOnlyList<string> targetNames)
    {
        if (parameter == BuiltInParameters.Skip || parameter == BuiltInParameters.Target)
        {
            return values.Count == 0 && !parameter.ValueIsOptional ? ValueMissing(parameter, option) : null;
        }

        // A switch takes at most true or false, a scalar one value: what follows may be a target at the wrong place.
        // An array may well hold the name of a target, as long as it is not spelt exactly like one.
        var allowed = parameter.IsSwitch ? values is [var word, ..] && bool.TryParse(word, out _) ? 1 : 0 : parameter.Type.IsArray ? 0 : 1;
        var comparison = parameter.Type.IsArray ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase;
        foreach (var value in values.Skip(allowed))
        {
            if (targetNames.FirstOrDefault(name => name.Equals(value, comparison)) is { } target)
            {
                var kept = string.Concat(values.TakeWhile(other => other != value).Select(other => " " + other));
                var all = string.Concat(targets.Append(target).Select(name => " " + name));
                return new UsageError(
                    $"target {target} stands behind the option {option}, which would take it as a value",
                    $"targets come first: ./nuke.sh{all} --{parameter.OptionName}{kept}");
            }
        }

        if (values.Count == 0)
        {
            return parameter.IsSwitch || parameter.ValueIsOptional ? null : ValueMissing(parameter, option);
        }

        return values.Count > 1 && !parameter.Type.IsArray
            ? new UsageError(
                $"{option} takes one value, but {values.Count} follow it: {string.Join(' ', values)}",
                $"put a value with spaces between quotes: --{parameter.OptionName} \"{string.Join(' ', values)}\"")
            : null;
    }

    private static UsageError ValueMissing(Parameter parameter, string option) =>
        new($"{option} needs a value", $"write --{parameter.OptionName} {ValueParser.Placeholder(parameter)}");
}
