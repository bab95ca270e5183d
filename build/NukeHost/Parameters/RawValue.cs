using System.Globalization;

namespace Nuke.Common.Parameters;

/// <summary>The value of a parameter as the user wrote it.</summary>
/// <param name="Texts">One text, or those of an array.</param>
/// <param name="Origin">Where it was written: <c>--jobs</c>, <c>environment variable JOBS</c>.</param>
internal sealed record RawValue(IReadOnlyList<string> Texts, string Origin)
{
    /// <summary>The value in the type of the parameter.</summary>
    /// <exception cref="UsageException">The text is not such a value.</exception>
    public object Parse(Parameter parameter)
    {
        if (parameter.IsArray)
        {
            return Texts.ToArray();
        }

        var text = string.Join(' ', Texts);
        return Parse(parameter.ValueType, text) ?? throw new UsageException(
            $"{Origin}: '{text}' is not {Expectation(parameter.ValueType)}",
            $"write {parameter.Placeholder} instead of '{text}'");
    }

    private static object? Parse(Type type, string text)
    {
        if (type == typeof(string))
        {
            return text;
        }

        if (type == typeof(bool))
        {
            return bool.TryParse(text, out var truth) ? truth : null;
        }

        if (type == typeof(int))
        {
            return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;
        }

        return Enum.GetNames(type).FirstOrDefault(name => Parameter.SameName(name, text)) is { } name ? Enum.Parse(type, name) : null;
    }

    private static string Expectation(Type type) =>
        type == typeof(int) ? "a whole number"
        : type == typeof(bool) ? "true or false"
        : $"one of {string.Join(", ", Enum.GetNames(type))}";
}
