using System.Reflection;
using System.Text;

namespace Nuke.Common.Parameters;

/// <summary>Something that can be set from outside.</summary>
internal sealed class Parameter(string name, Type type, string description)
{
    /// <summary>As in .nuke/parameters.json: <c>WithoutPatches</c>.</summary>
    public string Name { get; } = name;

    public Type Type { get; } = type;

    /// <summary>What it is for; empty when nobody said.</summary>
    public string Description { get; } = description;

    /// <summary>The build's field or property; null for the parameters that every build has.</summary>
    public MemberInfo? Member { get; init; }

    public string? Separator { get; init; }

    public bool IsRequired { get; init; }

    public bool IsSecret { get; init; }

    /// <summary>The option may stand without a value.</summary>
    public bool ValueIsOptional { get; init; }

    /// <summary>Type of one value: not the array, not the nullable.</summary>
    public Type ElementType
    {
        get
        {
            var element = Type.IsArray ? Type.GetElementType()! : Type;
            return Nullable.GetUnderlyingType(element) ?? element;
        }
    }

    public bool IsSwitch => ElementType == typeof(bool) && !Type.IsArray;

    /// <summary>As on the command line, without the leading dashes: <c>without-patches</c>.</summary>
    public string OptionName
    {
        get
        {
            var text = new StringBuilder(Name.Length + 4);
            for (var i = 0; i < Name.Length; i++)
            {
                if (i > 0 && char.IsUpper(Name[i]) && !char.IsUpper(Name[i - 1]))
                {
                    text.Append('-');
                }

                text.Append(char.ToLowerInvariant(Name[i]));
            }

            return text.ToString();
        }
    }

    /// <summary>Whether text from outside means this parameter: letters and digits count, case and punctuation do not.</summary>
    public bool IsNamed(string text) => SameName(Name, text);

    public static bool SameName(ReadOnlySpan<char> a, ReadOnlySpan<char> b)
    {
        while (true)
        {
            a = SkipPunctuation(a);
            b = SkipPunctuation(b);
            if (a.IsEmpty || b.IsEmpty)
            {
                return a.IsEmpty && b.IsEmpty;
            }

            if (char.ToUpperInvariant(a[0]) != char.ToUpperInvariant(b[0]))
            {
                return false;
            }

            a = a[1..];
            b = b[1..];
        }
    }

    private static ReadOnlySpan<char> SkipPunctuation(ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty && !char.IsLetterOrDigit(text[0]))
        {
            text = text[1..];
        }

        return text;
    }
}
