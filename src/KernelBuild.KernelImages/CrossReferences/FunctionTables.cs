using KernelBuild.KernelImages.Code;
using KernelBuild.KernelImages.Image;
using KernelBuild.KernelImages.Types;

namespace KernelBuild.KernelImages.CrossReferences;

/// <summary>
/// Pointers to functions in data, and what table they are a member of. A table's type is not written anywhere; it is the structure whose
/// function pointers have the prototypes of exactly those functions that the table points to.
/// </summary>
internal sealed class FunctionTables(KernelImage image, CodeMap code, TypeTable? types)
{
    private readonly Dictionary<int, MemberSlot[]> _slots = [];
    private readonly TracedPlaces _traced = new(image, code);

    /// <summary>Null when the kernel carries no types.</summary>
    public ComparedHashes? Prototypes { get; } = types is null ? null : new ComparedHashes(image, code, types);

    /// <summary>Pointers among instructions, which LDR reads by their distance; other words there only look like pointers.</summary>
    private readonly Lazy<HashSet<ulong>> _literals = new(() =>
        [.. Enumerable.Range(0, image.Relocations.Count).Select(i => image.Relocations.Place(i)).Where(code.IsCode)]);

    /// <summary>The pointers to functions, each with the member it is, as far as that is known.</summary>
    public IReadOnlyList<(Reference Reference, MemberSlot? Slot)> To(IReadOnlySet<ulong> functions)
    {
        var pointers = PointerScan.To(image, functions);
        var prototypes = types is null
            ? []
            : functions.ToDictionary(function => function, function => Prototypes!.PrototypeOf(function));
        var candidates = types is null
            ? null
            : MemberSlots.For(types, [.. prototypes.Values.Where(prototype => prototype != 0).Distinct()]);
        var found = new List<(Reference, MemberSlot?)>();
        foreach (var (place, target) in pointers)
        {
            if ((code.IsCode(place) && !_literals.Value.Contains(place)) || _traced.Contains(place))
            {
                continue;
            }

            var slot = candidates is null || prototypes[target] == 0 ? null : Best(candidates[prototypes[target]], place);
            var symbol = SymbolAt(place, out var offset);
            found.Add((new Reference(ReferenceKind.DataPointer, place, symbol, offset, target, slot?.Name ?? ""), slot));
        }

        return found;
    }

    /// <summary>The data symbol around a place; empty when the kernel lists functions only.</summary>
    private string SymbolAt(ulong place, out ulong offset)
    {
        offset = 0;
        var index = code.Symbols.IndexBelow(place);
        if (index < 0 || code.Symbols[index].IsCode)
        {
            return "";
        }

        offset = place - code.Symbols.Addresses[index];
        return code.Symbols[code.Symbols.FirstAlias(index)].Name;
    }

    private MemberSlot? Best(IEnumerable<MemberSlot> candidates, ulong place)
    {
        MemberSlot? best = null;
        var most = 0;
        foreach (var candidate in candidates)
        {
            var score = Score(candidate, place - candidate.Offset);
            if (score > most)
            {
                (best, most) = (candidate, score);
            }
        }

        return best;
    }

    /// <summary>How many members hold a function of the right prototype; 0 when one holds something else.</summary>
    private int Score(MemberSlot candidate, ulong start)
    {
        if (!_slots.TryGetValue(candidate.Struct, out var slots))
        {
            _slots[candidate.Struct] = slots = [.. MemberSlots.Of(types!, candidate.Struct)];
        }

        var score = 0;
        foreach (var slot in slots)
        {
            var target = image.ReadPointer(start + slot.Offset);
            if (target == 0)
            {
                continue;
            }

            if (!code.IsCode(target))
            {
                return 0;
            }

            var prototype = Prototypes!.PrototypeOf(target);
            if (prototype != 0 && !types!.SamePrototype(prototype, slot.Prototype))
            {
                return 0;
            }

            score += 4;
        }

        // what a symbol starts at is more likely a table than what lies in its middle
        var index = code.Symbols.IndexBelow(start);
        return score == 0 ? 0 : score + (index >= 0 && code.Symbols.Addresses[index] == start ? 2 : 0) + (slots.Length > 1 ? 1 : 0);
    }
}
