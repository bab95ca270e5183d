using System.Collections.Immutable;
using System.IO.Enumeration;

namespace KernelBuild.KernelImages.Types;

/// <summary>The named types of a kernel and the prototypes of its functions, as a person looks them up.</summary>
public sealed class TypeCatalog(TypeTable types)
{
    private static readonly string[] _words = ["struct", "union", "enum", "typedef", "function", "base"];
    private readonly TypeDeclarations _declarations = new(types);
    private readonly Lazy<ILookup<string, int>> _byName = new(() => Enumerable.Range(1, types.Count).ToLookup(types.NameOf, type => type, StringComparer.Ordinal));

    /// <summary>All structures, unions and enumerations that have a name and a definition, by name.</summary>
    public IEnumerable<(string Kind, string Name, long? Size)> Named() => Enumerable.Range(1, types.Count)
        .Where(type => KindOf(type) is "struct" or "union" or "enum" && types.NameOf(type).Length > 0)
        .Select(type => (KindOf(type)!, types.NameOf(type), types.BytesOf(type)))
        .Distinct()
        .OrderBy(type => type.Item2, StringComparer.Ordinal)
        .ThenBy(type => type.Item1, StringComparer.Ordinal);

    /// <summary>The types that a text names: "iommu_ops", "struct iommu_ops", a function, a pattern with * and ?.</summary>
    public ImmutableArray<TypeDescription> Find(string text)
    {
        var words = text.Split(' ', 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var (kind, name) = words is [var word, var rest] && _words.Contains(word) ? (word, rest) : ((string?)null, text);
        var isPattern = name.AsSpan().IndexOfAny('*', '?') >= 0;
        return
        [
            .. (isPattern
                    ? _byName.Value.Where(group => group.Key.Length > 0 && FileSystemName.MatchesSimpleExpression(name, group.Key, ignoreCase: false)).SelectMany(group => group)
                    : name.Length == 0 ? [] : _byName.Value[name])
                .Where(type => KindOf(type) is { } known && (kind is null || kind == known))
                .Select(Describe)
                .DistinctBy(type => (type.Kind, type.Text)),
        ];
    }

    /// <summary>Names that hold a text, the shortest first.</summary>
    public IEnumerable<string> Suggest(string text, int most) => Enumerable.Range(1, types.Count)
        .Where(type => KindOf(type) is not null)
        .Select(types.NameOf)
        .Where(name => name.Contains(text, StringComparison.OrdinalIgnoreCase))
        .Distinct(StringComparer.Ordinal)
        .OrderBy(name => name.Length)
        .ThenBy(name => name, StringComparer.Ordinal)
        .Take(most);

    private string? KindOf(int type) => types.KindOf(type) switch
    {
        TypeKind.Struct => "struct",
        TypeKind.Union => "union",
        TypeKind.Enumeration or TypeKind.Enumeration64 => "enum",
        TypeKind.Typedef => "typedef",
        TypeKind.Function => "function",
        TypeKind.Integer or TypeKind.Float => "base",
        _ => null,
    };

    private TypeDescription Describe(int type)
    {
        var (kind, name) = (KindOf(type)!, types.NameOf(type));
        var text = kind switch
        {
            "struct" or "union" => _declarations.Define(type),
            "enum" => _declarations.DefineValues(type),
            "typedef" => $"typedef {_declarations.Declare(types.TargetOf(type), name)};",
            "function" => $"{_declarations.Declare(types.TargetOf(type), name)};",
            _ => name,
        };
        return new TypeDescription(
            kind, name, kind == "function" ? null : types.BytesOf(type), text,
            [.. types.BitMembersOf(type).Select(member => new MemberDescription(
                member.Name, _declarations.Declare(member.Type), member.Offset, types.BytesOf(member.Type), member.Width))],
            types.ValuesOf(type));
    }
}
