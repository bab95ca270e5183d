using System.Globalization;
using System.Text;

namespace KernelBuild.KernelImages.Types;

/// <summary>Writes types as C declares them.</summary>
internal sealed class TypeDeclarations(TypeTable types)
{
    /// <summary>Types of a damaged table may contain themselves.</summary>
    private const int Deepest = 64;

    /// <summary>A declaration of one type, such as "struct device *dev" or "int (*probe)(struct device *)".</summary>
    /// <param name="type">BTF type number; 0 for void.</param>
    /// <param name="declarator">What is declared; empty for the type alone.</param>
    public string Declare(int type, string declarator = "") => Declare(type, declarator, 0, 0, 0).TrimEnd();

    /// <summary>A structure or union with all that is in it.</summary>
    public string Define(int type)
    {
        var name = types.NameOf(type);
        var body = Body(type, 0, 0, 0);
        return $"{Word(type)}{(name.Length == 0 ? "" : " " + name)} {body};";
    }

    /// <summary>An enumeration with its values.</summary>
    public string DefineValues(int type) => $"{ValuesOf(type, 0)};";

    private string Declare(int type, string declarator, int indent, long offset, int depth)
    {
        if (depth > Deepest)
        {
            return With("…", declarator);
        }

        var target = types.TargetOf(type);
        switch (types.KindOf(type))
        {
            case TypeKind.None:
                return With("void", declarator);
            case TypeKind.Pointer:
                var isWrapped = types.KindOf(Untagged(target)) is TypeKind.Array or TypeKind.FunctionPrototype;
                return Declare(target, isWrapped ? $"(*{declarator})" : "*" + declarator, indent, offset, depth + 1);
            case TypeKind.Constant:
                return Qualified("const", target, declarator, indent, offset, depth);
            case TypeKind.Volatile:
                return Qualified("volatile", target, declarator, indent, offset, depth);
            case TypeKind.Restrict:
                return Qualified("restrict", target, declarator, indent, offset, depth);
            case TypeKind.TypeTag:
                return Declare(target, declarator, indent, offset, depth + 1);
            case TypeKind.Array:
                var (element, count) = types.ArrayOf(type);
                return Declare(element, string.Create(CultureInfo.InvariantCulture, $"{declarator}[{(count == 0 ? "" : count)}]"), indent, offset, depth + 1);
            case TypeKind.FunctionPrototype:
                return Declare(target, $"{declarator}({Parameters(type, depth)})", indent, offset, depth + 1);
            case TypeKind.Struct or TypeKind.Union when types.NameOf(type).Length == 0:
                return With($"{Word(type)} {Body(type, indent, offset, depth)}", declarator);
            case TypeKind.Enumeration or TypeKind.Enumeration64 when types.NameOf(type).Length == 0:
                return With(ValuesOf(type, indent), declarator);
            case TypeKind.Struct or TypeKind.Union or TypeKind.Forward or TypeKind.Enumeration or TypeKind.Enumeration64:
                return With($"{Word(type)} {types.NameOf(type)}", declarator);
            default:
                return With(types.NameOf(type), declarator);
        }
    }

    private string Qualified(string word, int target, string declarator, int indent, long offset, int depth) =>
        types.KindOf(Untagged(target)) == TypeKind.Pointer
            ? Declare(target, declarator.Length == 0 ? word : $"{word} {declarator}", indent, offset, depth + 1)
            : $"{word} {Declare(target, declarator, indent, offset, depth + 1)}";

    private int Untagged(int type)
    {
        for (var i = 0; i < Deepest && types.KindOf(type) == TypeKind.TypeTag; i++)
        {
            type = types.TargetOf(type);
        }

        return type;
    }

    private string Parameters(int prototype, int depth)
    {
        var parameters = types.NamedParametersOf(prototype);
        return parameters.IsEmpty
            ? "void"
            : string.Join(", ", parameters.Select((parameter, i) => parameter.Type == 0 && i == parameters.Length - 1 && i > 0
                ? "..."
                : Declare(parameter.Type, parameter.Name, 0, 0, depth + 1).TrimEnd()));
    }

    private string Body(int type, int indent, long offset, int depth)
    {
        var text = new StringBuilder("{\n");
        var tabs = new string('\t', indent + 1);
        foreach (var (name, memberType, bits, width) in types.BitMembersOf(type))
        {
            var place = offset + bits;
            var declaration = Declare(memberType, name, indent + 1, place, depth + 1).TrimEnd();
            text.Append(CultureInfo.InvariantCulture, $"{tabs}{declaration}{(width is { } field ? ":" + field : "")}; /* {Place(place, width)}");
            text.Append(types.BytesOf(memberType) is { } size ? string.Create(CultureInfo.InvariantCulture, $" {size} */\n") : " */\n");
        }

        return text.Append(CultureInfo.InvariantCulture, $"{new string('\t', indent)}}}").ToString();
    }

    private static string Place(long bits, int? width) =>
        string.Create(CultureInfo.InvariantCulture, $"{bits / 8}{(width is null ? "" : $":{bits % 8}")}");

    private string ValuesOf(int type, int indent)
    {
        var name = types.NameOf(type);
        var tabs = new string('\t', indent + 1);
        var values = types.ValuesOf(type).Select(value => string.Create(CultureInfo.InvariantCulture, $"{tabs}{value.Name} = {value.Value},\n"));
        return $"enum{(name.Length == 0 ? "" : " " + name)} {{\n{string.Concat(values)}{new string('\t', indent)}}}";
    }

    private string Word(int type) => types.KindOf(type) switch
    {
        TypeKind.Union => "union",
        TypeKind.Forward => types.IsForwardUnion(type) ? "union" : "struct",
        TypeKind.Enumeration or TypeKind.Enumeration64 => "enum",
        _ => "struct",
    };

    private static string With(string type, string declarator) => declarator.Length == 0 ? type : $"{type} {declarator}";
}
