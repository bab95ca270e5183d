using System.Globalization;

namespace Nuke.Common.Parameters;

/// <summary>The arguments, separated into targets and options.</summary>
/// <param name="Targets">What stands before the first option.</param>
/// <param name="Options">The last occurrence of each option.</param>
internal sealed record CommandLine(IReadOnlyList<string> Targets, IReadOnlyDictionary<Parameter, RawValue> Options)
{
    /// <summary>Targets come first; an option takes everything up to the next option.</summary>
    /// <param name="arguments">The command line, without the program's name.</param>
    /// <param name="parameters">All that can be set.</param>
    /// <param name="targetNames">To recognise a target after an option.</param>
    /// <exception cref="UsageException">Names every argument that is wrong.</exception>
    public static CommandLine Parse(IReadOnlyList<string> arguments, IReadOnlyList<Parameter> parameters, IReadOnlyList<string> targetNames)
    {
        List<string> targets = [.. arguments.TakeWhile(argument => !IsOption(argument))];
        var options = new Dictionary<Parameter, RawValue>();
        var errors = new List<UsageError>();
        for (var i = targets.Count; i < arguments.Count;)
        {
            var option = arguments[i++];
            List<string> values = [.. arguments.Skip(i).TakeWhile(argument => !IsOption(argument))];
            i += values.Count;
            var parameter = parameters.FirstOrDefault(parameter => parameter.IsNamed(option.Split('=')[0]));
            var error = parameter is null ? Unknown(option, parameters)
                : CheckSeparator(parameter, option)
                ?? CheckTarget(parameter, option, values, targets, targetNames)
                ?? CheckCount(parameter, option, values);
            if (error is not null)
            {
                errors.Add(error);
            }
            else
            {
                options[parameter!] = new RawValue(parameter!.IsSwitch && values.Count == 0 ? ["true"] : values, option);
            }
        }

        return errors.Count == 0 ? new CommandLine(targets, options) : throw new UsageException(errors);
    }

    /// <summary>A dash and then anything but a number, which may be the value of an option.</summary>
    private static bool IsOption(string argument) =>
        argument.StartsWith('-') && !double.TryParse(argument, NumberStyles.Float, CultureInfo.InvariantCulture, out _);

    private static UsageError Unknown(string option, IReadOnlyList<Parameter> parameters)
    {
        var written = option.Split('=')[0];
        var nearest = Nearest.To(written.TrimStart('-'), parameters.Select(candidate => candidate.OptionName));
        return new UsageError(
            $"unknown option {written}",
            nearest is null ? "--help lists all options" : $"did you mean --{nearest}? --help lists all options");
    }

    /// <summary>NUKE ignores <c>--name=value</c> without a message. A command line that works here must work the same way there.</summary>
    private static UsageError? CheckSeparator(Parameter parameter, string option) => option.Split('=', 2) is [_, var value]
        ? new UsageError($"'{option}': a space separates an option and its value, not '='", $"write --{parameter.OptionName} {value}")
        : null;

    /// <summary>Finds the name of a target among the values, where the option cannot take it or is unlikely to mean it.</summary>
    private static UsageError? CheckTarget(
        Parameter parameter, string option, List<string> values, List<string> targets, IReadOnlyList<string> targetNames)
    {
        if (parameter == BuiltInParameters.Skip || parameter == BuiltInParameters.Target)
        {
            return null;
        }

        // A switch takes at most true or false, a scalar one value.
        // An array may contain the name of a target, unless it is spelt exactly like one.
        var allowed = parameter.IsArray || (parameter.IsSwitch && !values.Take(1).Any(value => bool.TryParse(value, out _))) ? 0 : 1;
        var comparison = parameter.IsArray ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase;
        var found = values.Skip(allowed).FirstOrDefault(value => targetNames.Any(name => name.Equals(value, comparison)));
        if (found is null)
        {
            return null;
        }

        var target = targetNames.First(name => name.Equals(found, comparison));
        var kept = string.Concat(values.TakeWhile(other => other != found).Select(other => " " + other));
        return new UsageError(
            $"target {target} stands after the option {option}, which would take it as a value",
            $"targets come first: ./nuke.sh {string.Join(' ', targets.Append(target))} --{parameter.OptionName}{kept}");
    }

    private static UsageError? CheckCount(Parameter parameter, string option, List<string> values)
    {
        var needsValue = !parameter.IsSwitch && parameter != BuiltInParameters.Skip;
        return values.Count == 0 && needsValue
            ? new UsageError($"{option} needs a value", $"write --{parameter.OptionName} {parameter.Placeholder}")
            : values.Count > 1 && !parameter.IsArray
            ? new UsageError(
                $"{option} takes one value, but {values.Count} follow it: {string.Join(' ', values)}",
                $"put a value that contains spaces into quotes: --{parameter.OptionName} \"{string.Join(' ', values)}\"")
            : null;
    }
}
