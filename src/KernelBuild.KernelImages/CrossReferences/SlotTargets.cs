using KernelBuild.KernelImages.Code;
using KernelBuild.KernelImages.Image;
using KernelBuild.KernelImages.Types;

namespace KernelBuild.KernelImages.CrossReferences;

/// <summary>The functions that tables of a kernel have in a member: what a call through iommu_ops.device_group can reach.</summary>
internal sealed class SlotTargets
{
    private const int DeepestStructs = 16;
    private readonly CodeMap _code;
    private readonly TypeTable _types;
    private readonly FunctionTables _tables;
    private readonly Lazy<Dictionary<string, HashSet<ulong>>> _functions;
    private readonly Dictionary<string, ILookup<(int Struct, ulong Offset), (ulong Function, string Table)>> _known = new(StringComparer.Ordinal);

    public SlotTargets(KernelImage image, CodeMap code, TypeTable types)
    {
        _code = code;
        _types = types;
        _tables = new FunctionTables(image, code, types);
        _functions = new(ByPrototype);
    }

    /// <summary>Each function with the table that has it; the table's name is empty where the kernel names functions only.</summary>
    public IEnumerable<(ulong Function, string Table)> Of((int Type, ulong Offset) slot)
    {
        if (Innermost(slot) is not { } place || Key(place.Prototype) is not { } key)
        {
            return [];
        }

        if (!_known.TryGetValue(key, out var bySlot))
        {
            var found = _functions.Value.TryGetValue(key, out var functions) ? _tables.To(functions) : [];
            _known[key] = bySlot = found
                .Where(pointer => pointer.Slot is not null)
                .ToLookup(pointer => (pointer.Slot!.Struct, pointer.Slot.Offset), pointer => (pointer.Reference.To, pointer.Reference.Function));
        }

        return bySlot[(place.Struct, place.Offset)];
    }

    /// <summary>The structure that has the pointer itself, where it is part of another one.</summary>
    private (int Struct, ulong Offset, int Prototype)? Innermost((int Type, ulong Offset) slot)
    {
        var (type, offset) = (_types.Resolve(slot.Type), slot.Offset);
        for (var i = 0; i < DeepestStructs; i++)
        {
            var member = _types.MembersOf(type).Where(member => member.Offset <= offset).OrderBy(member => member.Offset).LastOrDefault();
            if (member is null)
            {
                return null;
            }

            var inner = _types.Resolve(member.Type);
            if (_types.KindOf(inner) is not (TypeKind.Struct or TypeKind.Union))
            {
                return member.Offset == offset && _types.PointedTo(member.Type) is not 0 and var pointed ? (type, offset, pointed) : null;
            }

            (type, offset) = (inner, offset - member.Offset);
        }

        return null;
    }

    private Dictionary<string, HashSet<ulong>> ByPrototype()
    {
        var functions = new Dictionary<string, HashSet<ulong>>(StringComparer.Ordinal);
        for (var i = 0; i < _code.Symbols.Count; i++)
        {
            var symbol = _code.Symbols[i];
            if (symbol.IsCode && Key(_code.PrototypeOf(_types, symbol.Address)) is { } key)
            {
                if (!functions.TryGetValue(key, out var same))
                {
                    functions[key] = same = [];
                }

                same.Add(symbol.Address);
            }
        }

        return functions;
    }

    /// <summary>Equal for prototypes of the same types (<see cref="TypeTable.SamePrototype"/>), whose parameters may have other names.</summary>
    private string? Key(int prototype) => _types.KindOf(prototype) == TypeKind.FunctionPrototype
        ? $"{_types.ReturnTypeOf(prototype)}({string.Join(',', _types.ParametersOf(prototype))})"
        : null;
}
