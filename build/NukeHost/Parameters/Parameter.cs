using System.Reflection;

namespace Nuke.Common.Parameters;

/// <summary>Something that the user can set.</summary>
/// <param name="Name">As in .nuke/parameters.json: <c>WithoutPatches</c>.</param>
/// <param name="Type">Of the value: string, string[], bool, int, an enumeration, or nullable.</param>
/// <param name="Description">What it is for, without a dot at the end; empty if unknown.</param>
internal sealed record Parameter(string Name, Type Type, string Description)
{
    /// <summary>The build's field; null for the parameters that every build has.</summary>
    public FieldInfo? Field { get; init; }

    public bool IsArray => Type.IsArray;

    public bool IsSwitch => ValueType == typeof(bool);

    /// <summary>The type without the nullable.</summary>
    public Type ValueType => Nullable.GetUnderlyingType(Type) ?? Type;

    /// <summary>As on the command line, without the leading dashes: <c>without-patches</c>.</summary>
    public string OptionName => string.Concat(Name.Select((character, i) =>
        (i > 0 && char.IsUpper(character) && !char.IsUpper(Name[i - 1]) ? "-" : "") + char.ToLowerInvariant(character)));

    /// <summary>Stands for the value in messages.</summary>
    public string Placeholder =>
        ValueType.IsEnum ? string.Join('|', Enum.GetNames(ValueType))
        : IsSwitch ? "true|false"
        : ValueType == typeof(int) ? "<number>"
        : $"<{OptionName}>";

    /// <summary>The fields of a build class that carry <see cref="ParameterAttribute"/>, by name.</summary>
    public static IReadOnlyList<Parameter> Of(Type build) =>
    [
        .. build.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
            .Select(field => (Field: field, Attribute: field.GetCustomAttribute<ParameterAttribute>()))
            .Where(member => member.Attribute is not null)
            .Select(member => new Parameter(
                member.Attribute!.Name ?? member.Field.Name, member.Field.FieldType, member.Attribute.Description?.TrimEnd('.') ?? "")
            {
                Field = member.Field,
            })
            .OrderBy(parameter => parameter.Name, StringComparer.OrdinalIgnoreCase),
    ];

    /// <summary>Whether two names mean the same: letters and digits count, case and punctuation do not.</summary>
    public static bool SameName(string a, string b) => Letters(a).Equals(Letters(b), StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether text that the user wrote means this parameter.</summary>
    public bool IsNamed(string text) => SameName(Name, text);

    private static string Letters(string text) => string.Concat(text.Where(char.IsLetterOrDigit));
}
