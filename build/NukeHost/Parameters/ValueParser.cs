using System.Globalization;
using Nuke.Common.IO;

namespace Nuke.Common.Parameters;

/// <summary>Text to values.</summary>
internal static class ValueParser
{
    /// <summary>The value in the parameter's own type.</summary>
    /// <param name="parameter">Says the type.</param>
    /// <param name="raw">What was written.</param>
    /// <param name="workingDirectory">What a relative path is relative to.</param>
    /// <exception cref="UsageException">The text is no such value.</exception>
    public static object Parse(Parameter parameter, RawValue raw, string workingDirectory)
    {
        if (!parameter.Type.IsArray)
        {
            return ParseOne(parameter, string.Join(' ', raw.Texts), raw, workingDirectory);
        }

        var texts = parameter.Separator is { } separator
            ? [.. raw.Texts.SelectMany(text => text.Split(separator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))]
            : raw.Texts;
        var values = Array.CreateInstance(parameter.Type.GetElementType()!, texts.Count);
        for (var i = 0; i < texts.Count; i++)
        {
            values.SetValue(ParseOne(parameter, texts[i], raw, workingDirectory), i);
        }

        return values;
    }

    /// <summary>What stands for the value in help and fixes.</summary>
    public static string Placeholder(Parameter parameter) =>
        parameter.ElementType.IsEnum ? string.Join('|', Enum.GetNames(parameter.ElementType))
        : parameter.ElementType == typeof(bool) ? "true|false"
        : parameter.ElementType == typeof(int) ? "<number>"
        : parameter.ElementType == typeof(AbsolutePath) ? "<path>"
        : $"<{parameter.OptionName}>";

    private static object ParseOne(Parameter parameter, string text, RawValue raw, string workingDirectory)
    {
        var type = parameter.ElementType;
        object? value =
            type == typeof(string) ? text
            : type == typeof(bool) ? bool.TryParse(text, out var truth) ? truth : null
            : type == typeof(int) ? int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null
            : type == typeof(AbsolutePath) ? AbsolutePath.Create(Path.Combine(workingDirectory, text))
            : type.IsEnum ? Enum.GetNames(type).FirstOrDefault(name => Parameter.SameName(name, text)) is { } name ? Enum.Parse(type, name) : null
            : throw new InvalidOperationException($"Parameter {parameter.Name} is of type {type}, which cannot be set from outside");
        return value ?? throw new UsageException(
            $"{raw.Origin}: '{text}' is not {Expectation(type)}",
            $"write {Placeholder(parameter)} instead of '{text}'");
    }

    private static string Expectation(Type type) =>
        type == typeof(int) ? "a whole number"
        : type == typeof(bool) ? "true or false"
        : $"one of {string.Join(", ", Enum.GetNames(type))}";
}
